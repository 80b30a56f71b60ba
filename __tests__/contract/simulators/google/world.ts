import { type ManualClock, manualClock } from "#ship/kit";
import {
  type ContainerSpec,
  type Script,
  type SimulatedGoogle,
  type SimulatedGoogleOptions,
  scriptedRuntime,
  startSimulatedGoogle,
} from "#ship/simulators";

/** JSON that came over the wire, to be looked into by tests. */
export interface Json {
  readonly [name: string]: Json;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

/** A simulated project on a manual clock, and the means to talk to it in raw HTTP. */
export interface World extends AsyncDisposable {
  readonly google: SimulatedGoogle;
  readonly clock: ManualClock;
  /** Changes what an image does from its next start on. */
  script(image: string, script: Script): void;
  /** Ends every container of an image, as a crash does. */
  crash(image: string): void;
  /** Containers that run now. */
  containers(): readonly ContainerSpec[];
  /** Calls an API with a token of the service account. */
  call(
    verb: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  /** A mutation of Cloud Run, waited for: answers the finished operation. */
  finish(verb: string, path: string, body?: unknown): Promise<Json>;
}

export const location = "v2/projects/acme-shop/locations/europe-west1";
export const shop = `${location}/services/shop`;

/** A template with one container of the given image. */
export const template = (image: string, settings: object = {}) => ({
  containers: [{ image, ...settings }],
});

export async function world(options: SimulatedGoogleOptions = {}): Promise<World> {
  const clock = manualClock();
  const runtime = scriptedRuntime(clock, {}, { requests: "answered" });
  const google = await startSimulatedGoogle({ clock, runtime, ...options });
  const token = google.accessToken(10_000_000);

  const call: World["call"] = async (verb, path, body, headers = {}) => {
    const response = await fetch(`${google.url}/${path}`, {
      method: verb,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Json };
  };
  return {
    google,
    clock,
    script: (image, script) => runtime.script(image, script),
    crash: (image) => runtime.crash(image, 1),
    containers: () => runtime.containers,
    call,
    async finish(verb, path, body) {
      const begun = await call(verb, path, body);
      if (begun.status !== 200) throw new Error(`${verb} ${path}: ${JSON.stringify(begun.body)}`);
      const waited = call("POST", `v2/${begun.body["name"]}:wait`, { timeout: "600s" });
      const { body: operation } = await clock.runUntil(waited);
      await clock.advance(10_000);
      return operation;
    },
    async [Symbol.asyncDispose]() {
      await google.close();
      await runtime.close();
    },
  };
}
