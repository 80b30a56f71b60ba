import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { endOf, inWorldOf, type Made, refuse, standing, withPost } from "./deploy-fault-world.ts";
import { type Blow, faults, layBlow, layFaults, type Place } from "./deploy-troubles.ts";
import { type Way, ways } from "./deploy-ways.ts";
import {
  container,
  type DeployLayout,
  definition,
  type Inputs,
  inWorld,
  openDeployWorld,
} from "./deploy-world.ts";

/** A call of a way, and what strikes the run in it. */
interface Cell extends Place {
  readonly way: Way;
  readonly blow: Blow;
  readonly name: string;
}

const placesOf = ({ calls }: Way): Place[] =>
  calls.map((action, index) => ({
    action,
    nth: calls.slice(0, index + 1).filter((call) => call === action).length,
  }));

function cellsOf(blow: Blow): Cell[] {
  return ways.flatMap((way) =>
    placesOf(way)
      .filter(({ action, nth }) => nth > 1 || !way.proven.includes(action))
      .map(({ action, nth }) => ({ way, action, nth, blow, name: `${way.name}: ${action} ${nth}, ${blow}` })),
  );
}

describe("a run that is left alone", () => {
  it.concurrent.each(ways)("makes the calls that the table knows: $name", async (way) => {
    const { result, calls, world } = await endOf(way);
    expect(way.end.results).toContain(result);
    expect(calls).toEqual(way.calls);
    expect(world).toMatchObject({ serves: way.end.serves, marks: [] });
  });
});

describe("calls that fail once", () => {
  // Each run meets a fault in every call, and four of them every fault in every call.
  const runs = ways.flatMap((way) =>
    faults.map((first, shift) => ({ way, shift, name: `${way.name}, first ${first.kind}` })),
  );
  it.concurrent.each(runs)("change nothing of the end: $name", async ({ way, shift }) => {
    await inWorldOf(way, async (world, run) => {
      const struck = placesOf(way).map((place, index) => ({
        ...place,
        fault: faults[(index + shift) % faults.length] ?? { kind: "reset" },
      }));
      layFaults(world, struck);
      const step = await run(way.cancelledAt === undefined ? {} : withPost);
      expect(way.end.results).toContain(step.outputs["result"]);
      expect(await standing(world, way)).toEqual((await endOf(way)).world);
    });
  });
});

/** The last thing that a run does: by then the rest is over. */
const isOver = ({ action }: Cell) => action === "UntagResource";

/** The release serves by then: whether a cancellation still comes in time is a matter of moments. */
const isClearing = ({ action }: Cell) => action === "DeregisterTaskDefinition";

describe("a run that is cancelled in a call", () => {
  const cells = cellsOf("SIGINT while it is in flight");
  it.concurrent.each(cells.filter(({ way }) => way.cancelledAt === undefined))(
    "goes back, or had ended: $name",
    async (cell) => {
      const { way } = cell;
      await inWorldOf(way, async (world, run) => {
        const step = await run({ ...withPost, ...layBlow(world, cell, () => refuse(world, way)) });
        const { result = "" } = step.outputs;
        const hasEnded = isOver(cell) || (isClearing(cell) && result === "deployed");
        expect(hasEnded ? way.end.results : ["cancelled", "rolled-back"]).toContain(result);
        const { made, serves, marks } = await standing(world, way);
        expect([hasEnded ? way.end.serves : way.cut].flat()).toContain(serves);
        expect(marks).toEqual([]);
        expectAtMost(made, (await endOf(way)).world.made);
      });
    },
  );
});

describe("a run that is killed in a call", () => {
  it.concurrent.each(cellsOf("SIGKILL once it is applied, then the post step"))(
    "is undone, or had ended: $name",
    async (cell) => {
      const { way } = cell;
      await inWorldOf(way, async (world, run) => {
        const dead = await run({ ...withPost, ...layBlow(world, cell, () => refuse(world, way)) });
        expect(dead.exitCode).toBeNull();
        const { made, serves, marks } = await standing(world, way);
        expect([isOver(cell) ? way.end.serves : way.cut].flat()).toContain(serves);
        expect(marks).toEqual([]);
        expectAtMost(made, (await endOf(way)).world.made);
      });
    },
  );

  it.concurrent.each(cellsOf("SIGKILL once it is applied, then the next run"))(
    "is carried on: $name",
    async (cell) => {
      const { way } = cell;
      await inWorldOf(way, async (world, run, runNext) => {
        const dead = await run(layBlow(world, cell, () => refuse(world, way)));
        expect(dead.exitCode).toBeNull();
        const next = await runNext();
        expect(way.next ? ["deployed", "unchanged"] : [...way.end.results, "unchanged"]).toContain(
          next.outputs["result"],
        );
        const { made, ...there } = await standing(world, way);
        expect(there).toEqual({ serves: way.next?.["image"] ?? way.end.serves, marks: [] });
        const { revisions, services, tasks } = (await endOf(way)).world.made;
        expect(made).toMatchObject({
          revisions: revisions + (way.next?.["image"] === undefined ? 0 : 1),
          services,
          tasks: way.next ? tasks : 2 * tasks,
        });
      });
    },
  );

  it.concurrent(
    "goes back, though a task of it cannot be stopped",
    inWorld(async (world) => {
      world.aws.faults.add({ action: "StopTask", fault: { kind: "denied" } });
      const isWatching = () => world.sent("DescribeServiceDeployments").length > 0;
      const { post } = await world.deploy(
        { "run-task": "true", "wait-for-task-stopped": "false" },
        { killWhen: isWatching, ...withPost },
      );
      expect(post?.exitCode).toBe(1);
      expect(post?.errors).toEqual([expect.stringMatching(/^ACCESS_DENIED: ecs:StopTask/)]);
      await world.settled();
      expect(await world.revision()).toBe("shop:1");
    }),
  );
});

describe("a run whose time is over", () => {
  /** Its release is given longer to become healthy than the run may wait. */
  const sick: DeployLayout = {
    services: [{ name: "shop", "desired-count": 1 }],
    definition: definition(
      "shop",
      container("api", "shop:1", {
        healthCheck: { command: ["CMD", "check"], startPeriod: 300, interval: 5 },
      }),
    ),
    simulator: { ecs: { speed: 200, pace: { second: 60_000 } } },
  };
  const atMost = { "wait-for-minutes": "1" };
  const cases: readonly [string, Inputs, string, RegExp, string][] = [
    [
      "goes back",
      {},
      "rolled-back",
      /^DEPLOYMENT_ROLLED_BACK: shop:2 was not serving after (1 min|[\d.]+ s); last seen: IN_PROGRESS .* shop:1 serves again\./,
      "shop:1",
    ],
    [
      "leaves the release, where that is wished",
      { "rollback-on-failure": "false" },
      "failed",
      /^DEPLOYMENT_TIMEOUT: shop:2 was not serving after (1 min|[\d.]+ s); .*The failed deployment is left as it is\./,
      "shop:2",
    ],
    [
      "stops its one-off task, and deploys nothing",
      { "run-task": "true" },
      "failed",
      /^TASK_TIMEOUT: .*did not end within 1 min.*It was asked to stop/,
      "shop:1",
    ],
  ];

  it.concurrent.each(cases)(
    "%s",
    async (_, inputs, result, message, revision) => {
      await using world = await openDeployWorld(sick);
      world.runtime.script("shop:2", { does: "unhealthy" });
      const { outputs, errors, exitCode } = await world.deploy({ ...atMost, ...inputs });
      expect([exitCode, outputs["result"], errors.length]).toEqual([1, result, 1]);
      expect(errors[0]).toMatch(message);
      expect(await world.revision()).toBe(revision);
      expect(world.oneOffTasks().map(({ desiredStatus }) => desiredStatus)).not.toContain("RUNNING");
    },
    120_000,
  );

  it.concurrent(
    "goes back, when the address does not answer as it shall",
    inWorld(async (world) => {
      const server = createServer((_, response) => response.end("ok"));
      const { port } = await new Promise<AddressInfo>((listening) =>
        server.listen(0, "127.0.0.1", () => listening(server.address() as AddressInfo)),
      );
      const address = { "health-check-url": `http://127.0.0.1:${port}/`, "health-check-status": "204" };
      const { outputs, errors } = await world.deploy({ ...atMost, ...address, "poll-interval": "5s" });
      server.close();
      expect(outputs["result"]).toBe("rolled-back");
      expect(errors[0]).toMatch(/last: HTTP 200, another status than expected/);
      expect(await world.revision()).toBe("shop:1");
    }),
    120_000,
  );
});

function expectAtMost(made: Made, most: Made): void {
  const { revisions, services, tasks } = made;
  expect([revisions <= most.revisions, services <= most.services, tasks <= most.tasks]).toEqual([
    true,
    true,
    true,
  ]);
}
