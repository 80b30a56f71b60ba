import {
  type DeadMan,
  type Metrics,
  type RolloutReport,
  reconcile,
  rollOut,
  shareDuring,
  type TargetNotes,
  type TrafficTarget,
  type WeightChange,
} from "#ship/delivery";
import { openCloudRun } from "#ship/google";
import { type Clock, recordingLog } from "#ship/kit";
import { settings } from "../../unit/delivery/canary.ts";
import { minute, region, type World } from "./world.ts";

/** When a process dies: at its nth request that changes something, before or after Google has carried it out. */
export interface Death {
  readonly at: number;
  readonly when: "before" | "after";
}

/** How a process ended: with what a rollout answers or throws, or dead after so many changing requests. */
export type End =
  | { readonly kind: "report"; readonly report: RolloutReport }
  | { readonly kind: "error"; readonly error: unknown }
  | { readonly kind: "dead" };

/** What a process is told when it starts. */
export interface ProcessOptions {
  readonly attempt?: string;
  readonly death?: Death;
  readonly timer?: "armed" | "none";
  /** Share of the canary's requests that fail. */
  readonly canaryErrors?: number;
}

const requestsPerMinute = 120_000;
const never = new Promise<never>(() => {});
const isOfGoogle = /\/(v1|v2)\/projects\/[^/]+\/locations\//;

/** What a request says, but for the times that make each heartbeat another one. */
function timeless(body: unknown): string {
  return String(body ?? "")
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "")
    .replace(/"(etag|schedule)":"([^"\\]|\\.)*"/g, "");
}

/** Processes that roll out on one Cloud Run service over the wire, and can be killed there. */
export function mortalProcesses(shop: World) {
  const written: WeightChange[] = [];
  const log = recordingLog();

  /** A process of its own: what it sends and waits for ends with it. Time moves when all it does is wait. */
  const begin = async (death?: Death) => {
    const sleepers = new Set<{ readonly wakeAt: number; readonly wake: () => void }>();
    let underWay = 0;
    const changes: string[] = [];
    let isDead = false;
    let die = () => {};
    const dead = new Promise<End>((resolve) => {
      die = () => {
        isDead = true;
        resolve({ kind: "dead" });
      };
    });
    const clock: Clock = {
      now: shop.clock.now,
      sleep: (milliseconds, signal) =>
        new Promise((resolve, reject) => {
          if (isDead) return;
          if (signal?.aborted) return reject(signal.reason);
          const abandon = () => {
            sleepers.delete(sleeper);
            reject(signal?.reason);
          };
          const sleeper = {
            wakeAt: shop.clock.now() + milliseconds,
            wake() {
              signal?.removeEventListener("abort", abandon);
              sleepers.delete(sleeper);
              resolve();
            },
          };
          sleepers.add(sleeper);
          signal?.addEventListener("abort", abandon, { once: true });
        }),
    };
    const send: typeof fetch = async (input, init) => {
      if (isDead) return never;
      const isChange = init?.method !== "GET" && isOfGoogle.test(String(input));
      if (isChange)
        changes.push(`${written.at(-1)?.share ?? 0}: ${init?.method} ${input} ${timeless(init?.body)}`);
      const isLast = isChange && changes.length === death?.at;
      if (isLast && death.when === "before") {
        die();
        return never;
      }
      underWay += 1;
      try {
        const answer = await fetch(input, init);
        const text = await answer.text();
        if (isChange && answer.ok) note(String(init?.body ?? "{}"));
        if (isLast) die();
        return isDead ? never : new Response(text, { status: answer.status, headers: answer.headers });
      } finally {
        underWay -= 1;
      }
    };
    const note = (body: string) => {
      const { traffic }: { traffic?: { revision?: string; percent?: number }[] } = JSON.parse(body || "{}");
      if (!traffic) return;
      const canary = traffic.find(({ revision, percent }) => revision === "shop-2" && percent);
      written.push({ at: shop.clock.now(), share: (canary?.percent ?? 0) / 100 });
    };
    const session = await shop.session({ clock, log, fetch: send });
    const end = async (work: Promise<End>): Promise<End> => {
      let ended: End | undefined;
      Promise.race([work, dead]).then((found) => {
        ended = found;
      });
      while (!ended) {
        for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        if (ended || underWay > 0) continue;
        const [next] = [...sleepers].sort((one, other) => one.wakeAt - other.wakeAt);
        if (!next) continue;
        await shop.advance(Math.max(0, next.wakeAt - shop.clock.now()));
        next.wake();
      }
      isDead = true;
      return ended;
    };
    const open = (candidate: string) =>
      openCloudRun(session, { project: shop.google.project.id, region, service: "shop", candidate });
    return { clock, open, end, changes };
  };

  const metricsOf = (canaryErrors: number): Metrics => {
    const arm = (requests: number, errors: number, edges: readonly number[]) => ({
      requests,
      errors: Math.round(requests * errors),
      slower: edges.map(() => 0),
    });
    return {
      period: minute,
      lag: 0,
      baseline: async () => ({ requests: 360_000, errors: 360, over: 60 * minute }),
      async bins({ from, to, edges }) {
        const first = Math.floor(from / minute) * minute;
        const count = Math.max(0, Math.floor((to - first) / minute));
        return Array.from({ length: count }, (_, index) => {
          const start = first + index * minute;
          const toCanary = Math.round(requestsPerMinute * shareDuring(written, start, start + minute));
          return {
            start,
            end: start + minute,
            stable: arm(requestsPerMinute - toCanary, 0.001, edges),
            canary: arm(toCanary, canaryErrors, edges),
          };
        });
      },
    };
  };

  return {
    lines: log.lines,
    /** Runs a rollout of `shop-2` until it ends or its process dies; `changes` are its changing requests and when they came. */
    async run(options: ProcessOptions = {}): Promise<End & { readonly changes: readonly string[] }> {
      const process = await begin(options.death);
      const { target, notes, deadMan } = await process.open("shop-2");
      const rollout = rollOut(
        {
          ...settings,
          steps: [{ share: 0.5 }, { share: 1 }],
          interval: minute,
          bake: minute,
        },
        {
          target,
          metrics: metricsOf(options.canaryErrors ?? 0.001),
          clock: process.clock,
          log,
          signal: new AbortController().signal,
          onCancel: () => () => {},
          unsettled: () => {},
          keeping: keepingOf({ notes, deadMan }, options),
        },
      );
      const ended = await process.end(
        rollout.then(
          (report): End => ({ kind: "report", report }),
          (error: unknown): End => ({ kind: "error", error }),
        ),
      );
      return { ...ended, changes: process.changes };
    },
    /** One look of a scheduled reconcile. */
    async reconcile() {
      const process = await begin();
      const open = async (candidate: string): Promise<{ target: TrafficTarget; deadMan: DeadMan }> => {
        const { target, deadMan } = await process.open(candidate);
        return { target, deadMan: deadMan(shop.google.serviceAccount) };
      };
      const { notes } = await process.open("shop");
      const place = {
        name: "shop",
        notes,
        open: ({ canary }: { canary: { reference: string } }) => open(canary.reference),
      };
      const look = reconcile([place], {
        clock: process.clock,
        log,
        signal: new AbortController().signal,
        budget: minute,
      });
      const states: string[] = [];
      await process.end(
        look.then((found): End => {
          states.push(...found.map(({ state }) => state));
          return { kind: "dead" };
        }),
      );
      return states[0];
    },
  };

  function keepingOf(
    { notes, deadMan }: { notes: TargetNotes; deadMan: (account: string) => DeadMan },
    { attempt = "1", timer = "armed" }: ProcessOptions,
  ) {
    return {
      notes,
      deadMan: timer === "armed" ? deadMan(shop.google.serviceAccount) : undefined,
      owner: { repository: "octo/shop", run: "1001", attempt, server: "https://github.example" },
      commit: "commit:a",
      credentials: { kind: "renewed" },
      jobLimit: 360 * minute,
      onExisting: "fail",
      onDrift: "rollback",
      force: false,
    } as const;
  }
}
