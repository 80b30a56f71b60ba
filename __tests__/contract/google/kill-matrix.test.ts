import { describe, expect, it } from "@jest/globals";
import { isShipError } from "#ship/kit";
import { type Death, type End, mortalProcesses, type ProcessOptions } from "./mortal.ts";
import { minute, type World, world } from "./world.ts";

/** A look after everything that was left behind is past its deadline. */
const longAfter = 20 * minute;
const warm = 4;
/** Each test is dozens of rollouts over the wire. Milliseconds of real time. */
const patience = 300_000;
const bad = { canaryErrors: 0.2 };

/** Works in a world of its own, whose stable revision keeps instances warm and whose candidate does not. */
async function inWorld<T>(
  work: (shop: World, processes: ReturnType<typeof mortalProcesses>) => Promise<T>,
): Promise<T> {
  const shop = await world({}, { stable: { scaling: { minInstanceCount: warm } } });
  try {
    const done = await work(shop, mortalProcesses(shop));
    expect(shop.google.violations).toEqual([]);
    return done;
  } finally {
    await shop.google.close();
  }
}

/** Every moment at which a process that is left in peace can die, but for heartbeats that are like the ones before them. */
async function deathsOf(options: ProcessOptions): Promise<readonly Death[]> {
  const { changes } = await inWorld(async (_, processes) => {
    const ended = await processes.run(options);
    expect(codeOf(ended)).toBe(options.canaryErrors === undefined ? undefined : "CANARY_ROLLED_BACK");
    return ended;
  });
  const moments = changes.flatMap((change, index) => (changes.indexOf(change) === index ? [index + 1] : []));
  expect(moments.length).toBeGreaterThan(6);
  return moments.flatMap((at): Death[] => [
    { at, when: "before" },
    { at, when: "after" },
  ]);
}

/** What is left of a rollout: traffic in force, instances kept warm, timers, and the record's notes. */
async function left(shop: World) {
  const service = await shop.get();
  const notes = Object.keys(service["annotations"] ?? {}).filter((name) => name !== "ship/canary-split");
  const scaling = service["scaling"] as { minInstanceCount?: number } | undefined;
  return {
    traffic: await shop.traffic(),
    inForce: (service["trafficStatuses"] as { revision: string; percent?: number }[])
      .filter(({ percent }) => percent)
      .map(({ revision, percent }) => `${revision} ${percent}`),
    kept: scaling?.minInstanceCount ?? 0,
    timers: shop.google.scheduler.jobs.size,
    notes,
  };
}

const allAt = (revision: "shop-1" | "shop-2") => ({
  traffic: { [revision]: 100, "#green": "shop-2" },
  inForce: [`${revision} 100`],
  kept: 0,
});
const settledAt = (revision: "shop-1" | "shop-2") => ({ ...allAt(revision), timers: 0, notes: [] });

const sideOf = async (shop: World) => ("shop-2" in (await shop.traffic()) ? "shop-2" : "shop-1");

function codeOf(end: End): string | undefined {
  if (end.kind === "dead") return "died";
  if (end.kind === "report") return end.report.failure?.code;
  return isShipError(end.error) ? end.error.code : String(end.error);
}

describe("a rollout on Cloud Run whose process is killed before or after any request that changes something", () => {
  it(
    "ends at 100 % of the new revision when it is run again",
    async () => {
      for (const death of await deathsOf({})) {
        await inWorld(async (shop, processes) => {
          expect(await processes.run({ death })).toMatchObject({ kind: "dead" });
          const again = await processes.run({ attempt: "2" });
          await shop.advance(minute);
          expect({ death, code: codeOf(again), ...(await left(shop)) }).toEqual({
            death,
            code: undefined,
            ...settledAt("shop-2"),
          });
          await shop.advance(longAfter);
          expect({ death, ...(await left(shop)) }).toMatchObject({ death, ...settledAt("shop-2") });
        });
      }
    },
    patience,
  );

  it(
    "ends at 100 % of the stable revision when it is run again and the new one is bad",
    async () => {
      for (const death of await deathsOf(bad)) {
        await inWorld(async (shop, processes) => {
          await processes.run({ ...bad, death });
          const code = codeOf(await processes.run({ ...bad, attempt: "2" }));
          expect(["CANARY_ROLLED_BACK", "RELEASE_KNOWN_BAD"]).toContain(code);
          await shop.advance(longAfter);
          expect({ death, ...(await left(shop)) }).toMatchObject({ death, ...allAt("shop-1") });
        });
      }
    },
    patience,
  );

  it(
    "ends at one side by the timer alone when nobody runs it again",
    async () => {
      for (const death of await deathsOf({})) {
        await inWorld(async (shop, processes) => {
          await processes.run({ death });
          await shop.advance(longAfter);
          await settledTimers(shop);
          expect({ death, ...(await left(shop)) }).toMatchObject({ death, ...allAt(await sideOf(shop)) });
          await processes.reconcile();
          await shop.advance(minute);
          expect({ death, ...(await left(shop)) }).toEqual({ death, ...settledAt(await sideOf(shop)) });
        });
      }
    },
    patience,
  );

  it(
    "ends at one side by reconcile where there is no timer",
    async () => {
      for (const death of await deathsOf({ timer: "none" })) {
        await inWorld(async (shop, processes) => {
          await processes.run({ timer: "none", death });
          await shop.advance(longAfter);
          await processes.reconcile();
          await shop.advance(minute);
          expect({ death, ...(await left(shop)) }).toEqual({ death, ...settledAt(await sideOf(shop)) });
        });
      }
    },
    patience,
  );
});

/** A timer's call is a real request: it is answered in its own time, and what it starts takes a while. */
async function settledTimers(shop: World): Promise<void> {
  for (let look = 0; look < 20; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await shop.advance(1_000);
  }
}
