import { afterEach, describe, expect, it } from "@jest/globals";
import { type World, world } from "./world.ts";

let web: World;
afterEach(async () => {
  expect(web.aws.violations).toEqual([]);
  await web.close();
});

const later = { environment: { GITHUB_RUN_ID: "8", GITHUB_REPOSITORY: "acme/shop" } };

describe("the mark that a run leaves on the service", () => {
  it("names the run, its revision and its deadline while its deployment is open, and goes with it", async () => {
    web = await world();
    await web.die("GetDeployment", true);
    const tags = await web.tags();
    expect(tags).toMatchObject({ "ship:run": "7", "ship:attempt": "1", "ship:revision": "web:2" });
    // Half an hour to deploy, and five minutes that the group keeps the original tasks.
    expect(Date.parse(tags["ship:deadline"] ?? "") - web.time.now()).toBeGreaterThan(34 * 60_000);
    const end = await web.deploy({}, later);
    expect(end.log.join("\n")).toMatch(
      /Run 7 of acme\/shop has not ended with its work on web open; its deployment d-\w+ of web:2 is/,
    );
    expect(end.journal.change).toBe("adopt");
    expect(web.sent("CreateDeployment")).toHaveLength(1);
  });

  it("of a run that died lets the next one bring back what is past its deadline", async () => {
    web = await world();
    web.runtime.script("web:2", { does: "unhealthy" });
    await web.die("GetDeployment", true);
    await web.time.advance(40 * 60_000);
    const end = await web.deploy({}, { ...later, taskDefinition: await web.register("web:3") });
    expect(end.log.join("\n")).toMatch(
      /begun by run 7 of acme\/shop, which died, is under way; waiting for it/,
    );
    expect(end.log.join("\n")).toMatch(/past the deadline of the run that died; it is rolled back first/);
    expect(end.report.failure).toBeUndefined();
    expect(end.journal.previous).toMatch(/web:1$/);
  });

  it("is taken away by a run that finds its work done", async () => {
    web = await world();
    await web.die("GetDeployment", true);
    await web.time.advance(3_600_000);
    const end = await web.deploy({}, later);
    expect(end.journal.change).toBe("nothing");
    expect(await web.tags()).toEqual({});
  });
});

describe("a forced deployment", () => {
  it("waits for one of the same revision that was under way, and deploys again", async () => {
    web = await world();
    await web.die("GetDeployment", true);
    const end = await web.deploy({ force: true }, later);
    expect(end.report.failure).toBeUndefined();
    expect(end.journal.change).toBe("deploy");
    expect(web.sent("CreateDeployment")).toHaveLength(2);
  });

  it("whose answer was lost is not begun twice", async () => {
    web = await world();
    await web.deploy();
    web.aws.faults.add({ action: "CreateDeployment", fault: { kind: "lost-answer" }, nth: 1 });
    web.aws.faults.add({ action: "ListDeployments", fault: { kind: "server-error" }, nth: 2 });
    const end = await web.deploy({ force: true }, later);
    expect(end.report.failure).toBeUndefined();
    expect(web.aws.calls.of("codedeploy", "CreateDeployment").filter(({ applied }) => applied)).toHaveLength(
      2,
    );
  });
});
