import { describe, expect, it } from "@jest/globals";
import type { JsonObject } from "#ship/simulators";
import { errorsAlarm, waits } from "../support/deployment-group.ts";
import { eventually } from "../support/eventually.ts";
import { type CodeDeployService, codeDeployAccount } from "./codedeploy-world.ts";
import type { StepResult } from "./runner-step.ts";

const account = codeDeployAccount();
const noRollback = { autoRollbackConfiguration: { enabled: false, events: [] } };
const rollsBack = { autoRollbackConfiguration: { enabled: true, events: ["DEPLOYMENT_FAILURE"] } };
const hasAllTraffic = async (shop: CodeDeployService) =>
  (await shop.taskSets())[0] === `${shop.name}:2 PRIMARY`;
const marksOf = async (shop: CodeDeployService) =>
  ((await shop.state())["tags"] as unknown[] | undefined) ?? [];
const stopsOf = async (shop: CodeDeployService) => {
  const own = (await shop.deployments()).map(({ deploymentId }) => deploymentId);
  return account.world.sent("StopDeployment").filter(({ deploymentId }) => own.includes(deploymentId));
};

/** What a step says and leaves: `result`, exit code, the error's code, what serves, how many deployments were created. */
async function endOf(shop: CodeDeployService, { outputs, exitCode, errors }: StepResult) {
  const serves = (await shop.taskSets())[0];
  const code = errors[0]?.split(":")[0];
  return { result: outputs["result"], exitCode, code, serves, created: shop.created().length };
}

describe("a deployment through CodeDeploy that fails", () => {
  const table: readonly {
    name: string;
    what: string;
    members?: JsonObject;
    inputs?: Record<string, string>;
    hooks?: JsonObject;
    /** Done once the new tasks have all traffic. */
    meanwhile?: (shop: CodeDeployService) => Promise<unknown>;
    says: RegExp;
    end: JsonObject;
  }[] = [
    {
      name: "hook",
      what: "a hook that fails",
      members: noRollback,
      hooks: { BeforeInstall: "passes", BeforeAllowTraffic: "check-it" },
      says: /HOOK_EXECUTION_FAILURE.*check-it.*hook:1 serves again/s,
      end: { result: "rolled-back", code: "DEPLOYMENT_ROLLED_BACK", serves: "hook:1 PRIMARY", created: 1 },
    },
    {
      name: "alarm",
      what: "an alarm of the group",
      members: { ...waits(600), alarmConfiguration: { enabled: true, alarms: [{ name: "errors" }] } },
      meanwhile: async () => {
        const { cloudwatch } = account.world.aws;
        cloudwatch.setAlarmState("errors", "ALARM", "Too many errors");
      },
      says: /ALARM_ACTIVE.*<errors>.*alarm:1 serves again/s,
      end: { result: "rolled-back", code: "DEPLOYMENT_ROLLED_BACK", serves: "alarm:1 PRIMARY", created: 1 },
    },
    {
      name: "stopped",
      what: "somebody who stops it with a rollback",
      members: waits(600),
      meanwhile: (shop) => shop.act("StopDeployment", { autoRollbackEnabled: true }),
      says: /MANUAL_STOP.*stopped:1 serves again/s,
      end: { result: "rolled-back", code: "DEPLOYMENT_ROLLED_BACK", serves: "stopped:1 PRIMARY", created: 1 },
    },
    {
      name: "halted",
      what: "somebody who stops it without one",
      // The way back ends once all traffic has moved, not when the last task is gone.
      members: { ...waits(600, 60), ...noRollback },
      inputs: { "wait-until": "stable" },
      meanwhile: (shop) => shop.act("StopDeployment", { autoRollbackEnabled: false }),
      says: /MANUAL_STOP.*halted:1 serves again/s,
      end: { result: "rolled-back", code: "DEPLOYMENT_ROLLED_BACK", serves: "halted:1 PRIMARY", created: 2 },
    },
    {
      name: "kept",
      what: "a hook, where nothing shall be brought back",
      members: noRollback,
      inputs: { "rollback-on-failure": "false" },
      hooks: { AfterAllowTraffic: "check-it" },
      says: /HOOK_EXECUTION_FAILURE.*left as it is/s,
      end: { result: "failed", code: "DEPLOYMENT_FAILED", serves: "kept:2 PRIMARY", created: 1 },
    },
    {
      name: "itself",
      what: "a hook, where the group alone brings back",
      members: rollsBack,
      inputs: { "rollback-on-failure": "false" },
      hooks: { AfterAllowTraffic: "check-it" },
      says: /HOOK_EXECUTION_FAILURE.*itself:1 serves again/s,
      end: { result: "rolled-back", code: "DEPLOYMENT_ROLLED_BACK", serves: "itself:1 PRIMARY", created: 1 },
    },
  ];
  let runs: Promise<Map<string, { shop: CodeDeployService; step: StepResult }>> | undefined;
  /** All of them side by side: most of their time is waiting. */
  const carriedOut = () => {
    runs ??= (async () => {
      account.world.aws.cloudwatch.putAlarm(errorsAlarm);
      const ended = table.map(async ({ name, members, inputs = {}, hooks, meanwhile }) => {
        const shop = await account.service(name, members);
        const appSpec = hooks ? shop.appSpec(hooks) : {};
        const running = shop.deploy({ ...appSpec, ...inputs, "desired-count": "3" });
        if (name === "halted") {
          await eventually(
            "Ready",
            async () => (await shop.deployments())[0]?.["status"] === "Ready",
            60_000,
          );
          await shop.act("ContinueDeployment");
        }
        if (meanwhile) {
          await eventually("all traffic", () => hasAllTraffic(shop), 60_000);
          await meanwhile(shop);
        }
        return [name, { shop, step: await running }] as const;
      });
      return new Map(await Promise.all(ended));
    })();
    return runs;
  };

  it.each(table)("through $what: the cause, what serves and the settings are told and true", async (row) => {
    const { shop, step } = (await carriedOut()).get(row.name) ?? {};
    if (!shop || !step) throw new Error(`${row.name} was not carried out.`);
    expect(await endOf(shop, step)).toEqual({ exitCode: 1, ...row.end });
    expect(step.errors[0]).toMatch(row.says);
    expect(step.outputs["reason"]).toMatch(row.says);
    expect(step.summary).toContain(`deploy ${row.name}: ${row.end["result"]}`);
    const isBack = row.end["result"] === "rolled-back" && row.name !== "itself";
    expect(await shop.state()).toMatchObject({ desiredCount: isBack ? 2 : 3 });
    expect(await marksOf(shop)).toEqual([]);
  });
});

describe("a run of CodeDeploy that is cancelled or killed", () => {
  it("stops the deployment at once, and the post step sees the old revision serve", async () => {
    const shop = await account.service("cancelled", waits(600));
    let serves = false;
    const looking = eventually("all traffic", () => hasAllTraffic(shop), 30_000).then(() => {
      serves = true;
    });
    const end = await shop.deploy({ "desired-count": "4" }, { interruptWhen: () => serves, post: "run" });
    await looking;
    expect(await stopsOf(shop)).toMatchObject([{ autoRollbackEnabled: true }]);
    expect(["cancelled", "rolled-back"]).toContain(end.outputs["result"]);
    expect(end.tookToStop).toBeLessThan(7_500);
    await shop.rests(1);
    expect(await shop.state()).toMatchObject({ desiredCount: 2 });
    expect(await marksOf(shop)).toEqual([]);
  });

  it("leaves somebody else's deployment alone that it waits for", async () => {
    const shop = await account.service("patient", waits(60));
    const other = await shop.begin("other");
    const end = await shop.deploy({}, { interruptAt: /under way; waiting for it/, post: "run" });
    expect(end.outputs["result"]).toBe("cancelled");
    expect(await stopsOf(shop)).toEqual([]);
    expect(shop.created()).toEqual([]);
    expect((await shop.deployments())[0]).toMatchObject({ deploymentId: other, status: "InProgress" });
    expect(await marksOf(shop)).toEqual([]);
  });

  it("that died is named, and carried on by the next", async () => {
    const shop = await account.service("orphan", waits(600));
    const first = await shop.deploy({}, { killWhen: () => shop.created().length > 0 });
    expect(first.exitCode).not.toBe(0);
    expect(JSON.stringify(await marksOf(shop))).toContain('"1001"');
    const second = await shop.deploy({ "wait-until": "bake" }, { environment: { GITHUB_RUN_ID: "1002" } });
    expect(second).toMatchObject({ errors: [], outputs: { result: "deployed" } });
    expect(second.stdout).toMatch(
      /Run 1001 of octo\/shop has not ended with its work on orphan open; its deployment d-/,
    );
    expect(shop.created()).toHaveLength(1);
    expect(await marksOf(shop)).toEqual([]);
  });
});

describe("somebody else's deployment under way", () => {
  it("is waited for, ends this run, or is rolled back first, as on-conflict says", async () => {
    const policies = ["wait", "fail", "supersede"] as const;
    const ends = policies.map(async (policy) => {
      const shop = await account.service(policy, waits(policy === "wait" ? 1 : 600));
      const other = await shop.begin("other");
      const step = await shop.deploy({ "on-conflict": policy, "wait-until": "bake" });
      const deployments = await shop.deployments();
      const theirs = deployments.find(({ deploymentId }) => deploymentId === other)?.["status"];
      return { ...(await endOf(shop, step)), theirs };
    });
    expect(await Promise.all(ends)).toEqual([
      {
        result: "deployed",
        exitCode: 0,
        code: undefined,
        serves: "wait:3 PRIMARY",
        created: 1,
        theirs: "Succeeded",
      },
      {
        result: "failed",
        exitCode: 1,
        code: "DEPLOYMENT_IN_PROGRESS",
        serves: "fail:2 PRIMARY",
        created: 0,
        theirs: "InProgress",
      },
      {
        result: "deployed",
        exitCode: 0,
        code: undefined,
        serves: "supersede:3 PRIMARY",
        created: 1,
        theirs: "Stopped",
      },
    ]);
  });
});
