import { describe, expect, it } from "@jest/globals";
import { endOf, inWorldOf, type Made, refuse, standing, withPost } from "./deploy-fault-world.ts";
import { type Blow, faults, layBlow, layFaults, type Place } from "./deploy-troubles.ts";
import { type Way, ways } from "./deploy-ways.ts";
import { inWorld } from "./deploy-world.ts";

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

  it.concurrent(
    "says both, when neither its task can be stopped nor its service go back",
    inWorld(async (world) => {
      const refuse = (action: string) => world.aws.faults.add({ action, fault: { kind: "denied" } });
      const { post } = await world.deploy(
        { "run-task": "true", "wait-for-task-stopped": "false" },
        {
          killWhen() {
            const isWatching = world.sent("DescribeServiceDeployments").length > 0;
            if (isWatching) ["StopTask", "StopServiceDeployment", "UpdateService"].forEach(refuse);
            return isWatching;
          },
          ...withPost,
        },
      );
      expect(post?.errors).toEqual([expect.stringMatching(/^ACCESS_DENIED: ecs:StopTask/)]);
      expect(post?.stdout).toMatch(/::warning::ecs:UpdateService answered AccessDenied/);
    }),
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
