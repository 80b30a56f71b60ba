import { describe, expect, it } from "@jest/globals";
import { describeFailure } from "../../../../packages/aws/src/ecs/run-task/placement.ts";
import { verdictOf } from "../../../../packages/aws/src/ecs/run-task/verdict.ts";

type Task = Parameters<typeof verdictOf>[0];

const container = (name: string, exitCode?: number, reason = "") => ({
  name,
  exitCode,
  reason,
  lastStatus: "STOPPED",
});
const task = (containers: Task["containers"], change: Partial<Task> = {}): Task => ({
  arn: "arn:aws:ecs:eu-central-1:123456789012:task/default/1",
  id: "1",
  taskDefinition: "job:1",
  startedBy: "",
  lastStatus: "STOPPED",
  desiredStatus: "STOPPED",
  createdAt: 0,
  stopCode: "EssentialContainerExited",
  reason: "Essential container in task exited",
  stoppingAt: 0,
  mainEnded: "unseen",
  containers,
  ...change,
});
const why = (judged: Task) => {
  const verdict = verdictOf(judged, "main");
  return verdict.kind === "failed" ? verdict.why : verdict.kind;
};

describe("the verdict of a one-off task", () => {
  it("is success when the main container ends with 0, whatever a sidecar does", () => {
    expect(why(task([container("sidecar", 1), container("main", 0)]))).toBe("succeeded");
  });

  it("is failure when the main container answers a stop from outside with 0: its work was not done", () => {
    const stopped = { stopCode: "UserInitiated", reason: "maintenance" };
    expect(why(task([container("main", 0)], stopped))).toBe(
      "The container main ended with exit code 0, but only when the task was stopped from outside: maintenance — UserInitiated: somebody stopped it.",
    );
    expect(why(task([container("main", 0)], { ...stopped, mainEnded: "by-itself" }))).toBe("succeeded");
  });

  it("says that memory ran out where Amazon ECS says so", () => {
    const reason = "OutOfMemoryError: Container killed due to memory usage";
    expect(why(task([container("main", 137, reason)]))).toBe(
      `The container main ended with exit code 137 (killed by SIGKILL, often out of memory): ${reason}.`,
    );
  });

  it("says why a container never ran, also when its task knows no containers", () => {
    const reason = "ResourceInitializationError: unable to pull secrets";
    const failed = { stopCode: "TaskFailedToStart", reason };
    const said = `The container main never ran: ${reason} — TaskFailedToStart: it failed to start.`;
    expect(why(task([container("main")], failed))).toBe(said);
    expect(why(task([], failed))).toBe(said);
    expect(why(task([container("main", undefined, reason)], failed))).toBe(said);
  });

  it("passes on a stop code of a later API as it is", () => {
    const stopped = { stopCode: "MoonPhase", reason: "full" };
    expect(why(task([container("main", 143)], stopped))).toMatch(/: full — MoonPhase\.$/);
  });
});

describe("a failure of RunTask", () => {
  it("is said in the API's words and what they mean", () => {
    const arn = "arn:aws:ecs:eu-central-1:123456789012:container-instance/default/abc";
    expect(describeFailure({ arn, reason: "RESOURCE:ENI" })).toMatch(
      /^abc: RESOURCE:ENI \(.*network interface/,
    );
    expect(describeFailure({ reason: "Something new", detail: "in detail" })).toBe("Something new in detail");
    expect(describeFailure({})).toBe("no reason given");
  });
});
