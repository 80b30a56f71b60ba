import { afterEach, describe, expect, it } from "@jest/globals";
import type { JsonObject } from "#ship/simulators";
import { type World, world } from "./world.ts";

let web: World;
afterEach(async () => {
  expect(web.aws.violations).toEqual([]);
  await web.close();
});

/** From the moment that CodeDeploy has succeeded, ECS shows for so long what was before; milliseconds. */
async function staleFor(milliseconds: number): Promise<void> {
  web = await world({
    members: {
      blueGreenDeploymentConfiguration: {
        terminateBlueInstancesOnDeploymentSuccess: { action: "KEEP_ALIVE" },
        deploymentReadyOption: { actionOnTimeout: "CONTINUE_DEPLOYMENT" },
      },
    },
  });
  const { handlers } = web.aws.ecs;
  const describeServices = handlers["DescribeServices"];
  if (!describeServices) throw new Error("There is no DescribeServices.");
  let before: JsonObject | undefined;
  let until: number | undefined;
  const stale: typeof describeServices = async (input, context) => {
    const now = await describeServices(input, context);
    before ??= now;
    if (web.weights()[1] === 100) until ??= web.time.now() + milliseconds;
    return until !== undefined && web.time.now() < until ? before : now;
  };
  Object.assign(handlers, { DescribeServices: stale });
}

describe("ECS that shows the previous revision though CodeDeploy has succeeded", () => {
  it("is looked at again for half a minute", async () => {
    await staleFor(20_000);
    const end = await web.deploy();
    expect(end.report.failure).toBeUndefined();
    expect(web.sent("StopDeployment")).toEqual([]);
  });

  it("is believed after that: somebody has brought that revision back", async () => {
    await staleFor(3_600_000);
    const end = await web.deploy();
    expect(end.report.failure).toMatchObject({
      code: "DEPLOYMENT_SUPERSEDED",
      message: expect.stringContaining("The service now runs web:1."),
    });
    expect(end.journal).toMatchObject({ superseded: true, restored: true });
    expect(web.sent("CreateDeployment")).toHaveLength(1);
  });
});
