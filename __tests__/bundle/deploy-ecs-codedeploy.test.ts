import { describe, expect, it } from "@jest/globals";
import type { JsonObject } from "#ship/simulators";
import { waits } from "../support/deployment-group.ts";
import { eventually } from "../support/eventually.ts";
import { type CodeDeployService, codeDeployAccount } from "./codedeploy-world.ts";

const account = codeDeployAccount();
/** Members of an input of CreateDeployment. */
const contentOf = (input: JsonObject | undefined) =>
  JSON.parse(
    (input as { revision: { appSpecContent: { content: string } } }).revision.appSpecContent.content,
  );
const notices = (stdout: string) => stdout.split("\n").filter((line) => line.startsWith("::notice"));
const marksOf = async (shop: CodeDeployService) =>
  ((await shop.state())["tags"] as { key: string }[] | undefined)?.map(({ key }) => key) ?? [];

describe("the deploy-ecs bundle at a service that CodeDeploy deploys", () => {
  it("deploys through CodeDeploy, is unchanged when run again, and deploys again when forced", async () => {
    const { world } = account;
    const shop = await account.service("usual");
    const first = await shop.deploy({ "codedeploy-deployment-description": "x".repeat(600) });
    expect(first.errors).toEqual([]);
    expect(first.outputs).toMatchObject({
      result: "deployed",
      "codedeploy-deployment-id": expect.stringMatching(/^d-[A-Z0-9]{9}$/),
      "service-arn": expect.stringMatching(/:service\/default\/usual$/),
      "task-definition-arn": expect.stringMatching(/:task-definition\/usual:2$/),
      "previous-task-definition-arn": expect.stringMatching(/:task-definition\/usual:1$/),
      "console-url": expect.stringMatching(/\/codesuite\/codedeploy\/deployments\/d-/),
    });
    expect(first.summary).toContain("deploy usual: deployed");
    expect(shop.created()).toMatchObject([{ ...shop.names, description: "x".repeat(512) }]);
    expect(await shop.taskSets()).toContain("usual:2 PRIMARY");
    expect(await marksOf(shop)).toEqual([]);

    const before = world.writes().length;
    const second = await shop.deploy({ strategy: "codedeploy" });
    expect(second).toMatchObject({ errors: [], outputs: { result: "unchanged" } });
    expect(world.writes()).toHaveLength(before);
    const forced = await shop.deploy({ "force-new-deployment": "true" });
    expect(forced).toMatchObject({ errors: [], outputs: { result: "deployed" } });
    expect(shop.created()).toHaveLength(2);
    expect(world.sent("UpdateService").filter(({ service }) => service === "usual")).toEqual([]);
  });

  it("takes an AppSpec in whatever case, and makes one where there is none", async () => {
    const [lower, none] = await Promise.all([account.service("lower"), account.service("none")]);
    account.world.write(
      "lower.yml",
      "resources: [{ Web: { type: 'AWS::ECS::Service', properties: { taskdefinition: x, loadBalancerInfo: { containerName: api, containerPort: 3000 } } } }]",
    );
    const runs = await Promise.all([lower.deploy({ "codedeploy-appspec": "lower.yml" }), none.deploy()]);
    expect(runs.map(({ outputs }) => outputs["result"])).toEqual(["deployed", "deployed"]);
    expect(contentOf(lower.created()[0])).toMatchObject({
      version: 0,
      resources: [{ Web: { properties: { taskdefinition: expect.stringMatching(/\/lower:2$/) } } }],
    });
    expect(contentOf(none.created()[0])).toMatchObject({
      Resources: [
        {
          TargetService: {
            Properties: {
              TaskDefinition: expect.stringMatching(/\/none:2$/),
              LoadBalancerInfo: { ContainerName: "api", ContainerPort: 3000 },
            },
          },
        },
      ],
    });
  });

  it("changes the service's own settings beside the revision, and shows all of it in a plan first", async () => {
    const { world } = account;
    const shop = await account.service("scaled");
    const wishes = { "desired-count": "3", update: '{ "healthCheckGracePeriodSeconds": 60 }' };
    const before = world.writes().length;
    const plan = await shop.deploy({ ...wishes, "dry-run": "true" });
    expect(plan.outputs["result"]).toBe("planned");
    expect(plan.summary).toMatch(/update scaled: desiredCount, healthCheckGracePeriodSeconds/);
    expect(plan.summary).toMatch(/create a deployment of DgpECS-default-scaled with the AppSpec of/);
    expect(plan.summary).toMatch(/service: desiredCount \| `2` \| `3`/);
    expect(world.writes()).toHaveLength(before);

    const end = await shop.deploy(wishes);
    expect(end).toMatchObject({ errors: [], outputs: { result: "deployed" } });
    expect(await shop.state()).toMatchObject({ desiredCount: 3, healthCheckGracePeriodSeconds: 60 });
    expect((await shop.deploy(wishes)).outputs["result"]).toBe("unchanged");
    const idle = await shop.deploy({ ...wishes, "desired-count": "0" });
    expect(idle.outputs["result"]).toBe("deployed");
    expect(idle.summary).toMatch(/nothing runs/);
    expect(shop.created()).toHaveLength(1);
  });

  it("runs a one-off task as the service does, and removes old revisions that nothing serves with", async () => {
    const { world } = account;
    const shop = await account.service("tidy");
    await shop.begin("1b");
    await eventually("tidy:2", async () => (await shop.taskSets()).join() === "tidy:2 PRIMARY");
    const end = await shop.deploy({
      image: "tidy:3",
      "keep-revisions": "1",
      "run-task": "true",
      "wait-for-task-stopped": "false",
    });
    expect(end).toMatchObject({ errors: [], outputs: { result: "deployed" } });
    expect(world.sent("RunTask").at(-1)).toMatchObject({
      taskDefinition: expect.stringMatching(/\/tidy:3$/),
      launchType: "FARGATE",
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-0123456789abcdef0"] } },
    });
    const { taskDefinitionArns } = await world.ecs("ListTaskDefinitions", { familyPrefix: "tidy" });
    expect((taskDefinitionArns as string[]).map((arn) => arn.split("/").at(-1))).toEqual([
      "tidy:2",
      "tidy:3",
    ]);
  });

  it("ends at Ready for a test, then with all traffic moved, each time of one deployment", async () => {
    const shop = await account.service("staged", waits(60, 60));
    const ready = await shop.deploy({ "wait-until": "PRE_PRODUCTION_TRAFFIC_SHIFT" });
    expect(ready).toMatchObject({
      errors: [],
      outputs: { result: "deployed", "lifecycle-stage": "PRE_PRODUCTION_TRAFFIC_SHIFT" },
    });
    expect(notices(ready.stdout).join()).toMatch(/is Ready: the new tasks have test traffic only/);
    expect(await shop.taskSets()).toEqual(["staged:1 PRIMARY", "staged:2 ACTIVE"]);
    await shop.act("ContinueDeployment");
    const bake = await shop.deploy({ "wait-until": "bake" });
    expect(bake).toMatchObject({
      errors: [],
      outputs: { result: "deployed", "lifecycle-stage": "BAKE_TIME" },
    });
    expect(await shop.taskSets()).toEqual(["staged:2 PRIMARY", "staged:1 ACTIVE"]);
    expect(bake.outputs["previous-task-definition-arn"]).toMatch(/staged:1$/);
    expect(shop.created()).toHaveLength(1);
  });

  it("creates a service whose document leaves it to CodeDeploy", async () => {
    const { world } = account;
    const model = await account.service("model");
    const { loadBalancers, networkConfiguration } = await model.state();
    const document = {
      deploymentController: { type: "CODE_DEPLOY" },
      desiredCount: 1,
      launchType: "FARGATE",
      loadBalancers,
      networkConfiguration,
    };
    world.write("created.service.json", document);
    world.write("external.service.json", { ...document, deploymentController: { type: "EXTERNAL" } });
    const inputs = (service: string, file: string) => ({
      service,
      "create-if-missing": `${file}.service.json`,
    });
    const refused = await Promise.all([
      model.deploy(inputs("external", "external")),
      model.deploy({ ...inputs("native", "created"), strategy: "blue-green", "bake-time": "1m" }),
    ]);
    expect(refused.map(({ errors }) => errors[0])).toEqual([
      expect.stringMatching(/INPUT_INVALID: .*EXTERNAL, which this action does not deploy/),
      expect.stringMatching(
        /INPUT_INVALID: CodeDeploy deploys the service native.*deploymentConfiguration.strategy/,
      ),
    ]);
    const end = await model.deploy(inputs("created", "created"));
    expect(end).toMatchObject({ errors: [], outputs: { result: "deployed" } });
    expect(end.summary).toContain("1 tasks run model:2");
    const { taskSets, tags = [] } = await world.service("created");
    expect(taskSets).toMatchObject([{ status: "PRIMARY", runningCount: 1 }]);
    expect(tags).toEqual([]);
    await account.world.ecs("DeleteService", { service: "created", force: true });
  });

  it("refuses before anything is written what CodeDeploy or the service cannot do", async () => {
    const { world } = account;
    const shop = await account.service("strict");
    const long = await account.service(`long-${"x".repeat(90)}`);
    const before = world.writes().length;
    const table: [Promise<{ errors: readonly string[] }>, RegExp][] = [
      [
        shop.deploy({ "circuit-breaker": "true" }),
        /INPUT_INVALID: CodeDeploy deploys the service strict.*deploymentCircuitBreaker/,
      ],
      [
        shop.deploy({ strategy: "blue-green", "bake-time": "5m" }),
        /INPUT_INVALID: .*deploymentConfiguration\.strategy.*deployment group and the AppSpec/,
      ],
      [
        shop.deploy({ service: "plain", strategy: "codedeploy" }),
        /INPUT_INVALID: strategy is "codedeploy", but the service plain has the deployment controller ECS/,
      ],
      [
        shop.deploy({ "codedeploy-deployment-group": "Other" }),
        /NOT_FOUND: There is no deployment group Other of the application AppECS-default-strict: .*codedeploy-application/,
      ],
      [
        shop.deploy({ "codedeploy-deployment-config": "Slow" }),
        /INPUT_INVALID: codedeploy-deployment-config is "Slow".*No Deployment Configuration found/,
      ],
      [
        shop.deploy({ "codedeploy-appspec": "none.yaml" }),
        /FILE_UNREADABLE: codedeploy-appspec is "none.yaml"/,
      ],
      [
        long.deploy(),
        /INPUT_INVALID: The usual name AppECS-default-long-x+ has 110 characters, and CodeDeploy takes 100/,
      ],
    ];
    for (const [run, message] of table) expect((await run).errors[0]).toMatch(message);
    expect(world.writes()).toHaveLength(before);
    const unused = await shop.deploy({
      service: "plain",
      "codedeploy-application": "shop",
      "dry-run": "true",
    });
    expect(unused.stdout).toMatch(
      /codedeploy-….* inputs have no effect, because Amazon ECS itself deploys plain/,
    );
  });
});
