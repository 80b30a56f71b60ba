import { openCloudRun, openGoogleSession } from "#ship/google";
import { type Clock, manualClock, type Run, readEnvironment } from "#ship/kit";
import {
  type JsonObject,
  type SimulatedGoogle,
  type SimulatedGoogleOptions,
  scriptedRuntime,
  startSimulatedGoogle,
} from "#ship/simulators";
import { bareRun } from "../aws/session.ts";

export const region = "europe-west1";
export const minute = 60_000;
const allToStable = { type: "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", revision: "shop-1", percent: 100 };

const imageOf = (revision: string) => `europe-docker.pkg.dev/acme-shop/shop/${revision}`;

/** A Cloud Run service `shop` in a simulated project: all traffic at `shop-1`, and `shop-2` up under the tag `green`. */
export interface World {
  readonly google: SimulatedGoogle;
  /** Waiting on it moves time. */
  readonly clock: Clock;
  readonly lines: readonly string[];
  advance(milliseconds: number): Promise<void>;
  /** One call of Cloud Run as anybody could make it, waited for until it has come to rest. */
  patch(mask: string, body: JsonObject): Promise<void>;
  get(): Promise<JsonObject>;
  /** Percent by revision, and where tags point, as they were written. */
  traffic(): Promise<Readonly<Record<string, number | string>>>;
  open(candidate?: string): Promise<Awaited<ReturnType<typeof openCloudRun>>>;
  /** A session of a process of its own; `differences` are what it has otherwise than the world. */
  session(differences?: Partial<Run>): ReturnType<typeof openGoogleSession>;
  /** Bodies of the writes to the service since the world began, oldest first. */
  writes(): readonly JsonObject[];
  /** So many requests to the service's own address, one after the other. */
  visit(count: number): Promise<void>;
}

/** Starts the world; `templates` add to what the two revisions are made of. */
export async function world(
  options: SimulatedGoogleOptions = {},
  templates: {
    readonly stable?: JsonObject;
    readonly canary?: JsonObject;
    /** Share of the canary's requests that fail. */
    readonly canaryErrors?: number;
  } = {},
): Promise<World> {
  const time = manualClock();
  // What waits is what moves time: the project stands still while calls are answered.
  const clock: Clock = {
    now: time.now,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      await time.advance(milliseconds);
    },
  };
  const scripts = { [imageOf("shop-2")]: { does: "runs", errorShare: templates.canaryErrors ?? 0 } } as const;
  const runtime = scriptedRuntime(time, scripts, { requests: "answered" });
  const google = await startSimulatedGoogle({
    clock: time,
    runtime,
    ...options,
    run: { uris: "local", ...options.run },
  });
  const { run, log } = bareRun(clock);
  const there = `projects/${google.project.id}/locations/${region}/services`;
  const since = { call: 0 };

  const call = async (method: string, path: string, body?: JsonObject): Promise<JsonObject> => {
    const answer = await fetch(`${google.url}/v2/${path}`, {
      method,
      headers: { authorization: `Bearer ${google.accessToken()}`, "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const document = (await answer.json()) as JsonObject;
    if (!answer.ok) throw new Error(JSON.stringify(document));
    return document;
  };
  const get = () => call("GET", `${there}/shop`);
  const atRest = async () => {
    for (let tries = 0; tries < 100; tries += 1) {
      await time.advance(1_000);
      const service = await get();
      if (service["reconciling"] === true || service["observedGeneration"] !== service["generation"])
        continue;
      // Requests follow what is reported after a moment.
      return time.advance(2_000);
    }
    throw new Error("The service did not come to rest.");
  };
  const template = (name: string, more: JsonObject = {}) => ({
    revision: name,
    containers: [{ image: imageOf(name), ports: [{ containerPort: 8080 }] }],
    ...more,
  });
  const patch = async (mask: string, body: JsonObject) => {
    await call("PATCH", `${there}/shop?updateMask=${mask}`, body);
    await atRest();
  };

  await call("POST", `${there}?serviceId=shop`, { template: template("shop-1", templates.stable) });
  await atRest();
  await patch("template,traffic", {
    template: template("shop-2", templates.canary),
    traffic: [allToStable, { type: allToStable.type, revision: "shop-2", tag: "green" }],
  });
  since.call = google.calls.all.length;

  const session = (differences: Partial<Run> = {}) =>
    openGoogleSession(
      { workloadIdentityProvider: google.provider, serviceAccount: google.serviceAccount },
      {
        ...run,
        environment: readEnvironment(google.environment()),
        idToken: (audience) => google.oidc.token(audience),
        ...differences,
      },
    );
  return {
    google,
    clock,
    lines: log.lines,
    advance: (milliseconds) => time.advance(milliseconds),
    patch,
    get,
    async traffic() {
      const entries = ((await get())["traffic"] as JsonObject[] | undefined) ?? [];
      return Object.fromEntries(
        entries.map((entry) => {
          const revision = String(entry["revision"] ?? "LATEST");
          return entry["tag"] === undefined
            ? [revision, Number(entry["percent"] ?? 0)]
            : [`#${entry["tag"]}`, revision];
        }),
      );
    },
    session,
    open: async (candidate = "green") =>
      openCloudRun(await session(), { project: google.project.id, region, service: "shop", candidate }),
    writes: () =>
      google.calls.all
        .slice(since.call)
        .filter(({ action, applied }) => action === "services.patch" && applied)
        .map(({ input }) => input),
    async visit(count) {
      const address = google.run.url("shop");
      for (let index = 0; index < count; index += 1) await (await fetch(address)).text();
    },
  };
}
