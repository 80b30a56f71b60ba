import { systemClock } from "#ship/kit";
import {
  type JsonObject,
  type SimulatedGoogle,
  scriptedRuntime,
  startSimulatedGoogle,
} from "#ship/simulators";
import { eventually } from "../support/eventually.ts";

/** A Cloud Run service under steady traffic: `shop-1` serves, `shop-2` is up under the tag `green`. */
export interface CloudRunWorld {
  readonly google: SimulatedGoogle;
  /** What the step is told of the world: `with:` of the workflow. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Percent by revision as it was written, `shop-1/shop-2`. */
  shares(): string;
  /** Writes a division as somebody else would. */
  divide(stable: number, canary: number): Promise<void>;
  /** Puts the deadline of the rollout under way into the past, as if its driver had been silent for long. */
  expire(): Promise<void>;
  /** Writes to the service that were carried out since the world began. */
  writes(): readonly JsonObject[];
  close(): Promise<void>;
}

const requestsPerSecond = 150;
const byName = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";
const region = "europe-west1";

/** Starts the world; `canaryErrors` is the share of the canary's requests that fail, a fraction. */
export async function cloudRunWorld({ canaryErrors = 0 } = {}): Promise<CloudRunWorld> {
  const scripts = { "shop:2": { does: "runs", errorShare: canaryErrors } } as const;
  const google = await startSimulatedGoogle({
    runtime: scriptedRuntime(systemClock, scripts, { requests: "answered" }),
    run: { speed: 20 },
    monitoring: { samplePeriod: 1_000, lag: 500 },
  });
  const there = `${google.url}/v2/projects/${google.project.id}/locations/${region}/services`;
  const send = async (method: string, address: string, body: JsonObject) => {
    const headers = { authorization: `Bearer ${google.accessToken()}`, "content-type": "application/json" };
    const answer = await fetch(address, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
  };
  const template = (version: number) => ({
    revision: `shop-${version}`,
    containers: [{ image: `shop:${version}`, ports: [{ containerPort: 8080 }] }],
  });
  const entry = (revision: string, percent: number) => ({ type: byName, revision, percent });
  const green = { type: byName, revision: "shop-2", tag: "green" };
  const isReady = (revision: string) =>
    google.run.service("shop").revisions.get(revision)?.state.is === "ready";

  await send("POST", `${there}?serviceId=shop`, { template: template(1) });
  await eventually("shop-1 to be ready", () => isReady("shop-1"));
  await send("PATCH", `${there}/shop?updateMask=template,traffic`, {
    template: template(2),
    traffic: [entry("shop-1", 100), green],
  });
  await eventually("shop-2 to be ready", () => isReady("shop-2"));
  await eventually("the service to be at rest", () => !google.run.service("shop").reconciling);
  const begun = google.calls.all.length;

  const door = google.run.url("shop");
  const visit = () => fetch(door).then((answer) => answer.text());
  const traffic = setInterval(() => void visit().catch(() => undefined), 1_000 / requestsPerSecond);

  return {
    google,
    inputs: {
      target: "cloud-run",
      service: "shop",
      region,
      candidate: "green",
      steps: "50,100",
      interval: "1s",
      "max-step": "30s",
      warmup: "1s",
      bake: "1s",
      detect: "100",
      "metric-period": "1s",
      "metric-lag": "2s",
    },
    shares() {
      const written = google.run.service("shop").traffic;
      const percent = (name: string) =>
        written.find(({ to, tag }) => tag === undefined && "revision" in to && to.revision === name)
          ?.percent ?? 0;
      return `${percent("shop-1")}/${percent("shop-2")}`;
    },
    divide: (stable, canary) =>
      send("PATCH", `${there}/shop?updateMask=traffic`, {
        traffic: [entry("shop-1", stable), entry("shop-2", canary), green],
      }),
    expire: () => {
      const { annotations } = google.run.service("shop").desired;
      const past = { "ship/deadline": new Date(Date.now() - 1_000).toISOString() };
      return send("PATCH", `${there}/shop?updateMask=annotations`, {
        annotations: { ...(annotations as JsonObject | undefined), ...past },
      });
    },
    writes: () =>
      google.calls.all
        .slice(begun)
        .filter(({ action, applied }) => action === "services.patch" && applied)
        .map(({ input }) => input),
    async close() {
      clearInterval(traffic);
      await google.close();
    },
  };
}
