import { describe, expect, it } from "@jest/globals";
import { always, lacks, refuses, without } from "../../../support/other-endpoint.ts";
import { frontedWorld } from "./fronted-world.ts";
import { definition, serviceTarget, withImage } from "./world.ts";

const { shop, behind } = frontedWorld();
const release = { changes: withImage("shop:2") };
const historyCalls = ["ListServiceDeployments", "DescribeServiceDeployments", "DescribeServiceRevisions"];
const crash = () => shop.runtime.script("shop:2", { does: "exits", afterMs: 1_000, code: 1 });

describe("an endpoint without service deployments", () => {
  const codes = ["UnknownOperationException", "UnsupportedFeatureException", "ResourceNotFoundException"];
  it.each(historyCalls.map((action, index) => [action, codes[index] ?? ""] as const))(
    "refuses %s with %s: rollout states say when the release serves",
    async (action, code) => {
      await behind(refuses(code, action));
      const { outputs, log } = await shop.deploy(release);
      expect(outputs["result"]).toBe("deployed");
      expect(shop.runningImages("shop-blue")).toEqual(["shop:2", "shop:2"]);
      expect(log.join("\n")).toMatch(/judged by rollout states/);
    },
  );

  it("brings a release that crashes back all the same", async () => {
    crash();
    await behind(lacks(...historyCalls, "StopServiceDeployment"));
    const { outputs, outcome } = await shop.deploy(release);
    expect(outputs["result"]).toBe("rolled-back");
    expect(outcome.failure?.code).toBe("DEPLOYMENT_ROLLED_BACK");
    expect(shop.runningImages("shop-blue")).toEqual(["shop:1", "shop:1"]);
  });

  it("that lists none ever is judged by rollout states after a while, and that is said once", async () => {
    await behind(always("ListServiceDeployments", { serviceDeployments: [] }));
    const { outputs, log } = await shop.deploy(release);
    expect(outputs["result"]).toBe("deployed");
    expect(shop.runningImages("shop-blue")).toEqual(["shop:2", "shop:2"]);
    const said = log.filter((line) => /judged by rollout states/.test(line));
    expect(said).toEqual([expect.stringMatching(/No service deployment of shop:2 can be read after 30 s/)]);
  });

  it("that lists them but describes none is judged by rollout states", async () => {
    await behind(always("DescribeServiceDeployments", { failures: [] }));
    const { outputs } = await shop.deploy(release);
    expect(outputs["result"]).toBe("deployed");
  });
});

describe("an endpoint that leaves optional members out", () => {
  const states = without("DescribeServices", "rolloutState", "rolloutStateReason", "failedTasks");

  it("says no rollout states: one rollout in full number serves", async () => {
    await behind(states, lacks(...historyCalls));
    const { outputs } = await shop.deploy(release);
    expect(outputs).toMatchObject({
      result: "deployed",
      "previous-task-definition-arn": expect.stringMatching(/shop:1$/),
    });
    expect(shop.runningImages("shop-blue")).toEqual(["shop:2", "shop:2"]);
    expect((await shop.deploy(release)).outputs["result"]).toBe("unchanged");
  });

  it("says no rollout states: a release that does not come up is brought back", async () => {
    crash();
    await behind(states, lacks(...historyCalls, "StopServiceDeployment"));
    const { outputs } = await shop.deploy({ ...release, waiting: { every: 5_000, timeout: 300_000 } });
    expect(outputs["result"]).toBe("rolled-back");
    await shop.time.advance(900_000);
    expect(shop.runningImages("shop-blue")).toEqual(["shop:1", "shop:1"]);
  });

  it("says of a task definition little more than its ARN: a new one is registered, a named one used", async () => {
    const members = ["family", "status", "containerDefinitions", "compatibilities", "requiresAttributes"];
    await behind(without("DescribeTaskDefinition", ...members));
    const { outputs } = await shop.deploy(release);
    expect(outputs["result"]).toBe("deployed");
    expect(shop.runningImages("shop-blue")).toEqual(["shop:2", "shop:2"]);
    const again = await shop.deploy({ taskDefinition: "shop:1" });
    expect(again.outputs["result"]).toBe("deployed");
    expect(shop.runningImages("shop-blue")).toEqual(["shop:1", "shop:1"]);
  });

  it("says in other words that there is no such task definition: the first one is registered", async () => {
    await behind((action, answer) =>
      action === "DescribeTaskDefinition" && answer.status === 400
        ? { ...answer, body: answer.body.replace("Unable to describe task definition", "It does not exist") }
        : undefined,
    );
    const document = { family: "fresh", containerDefinitions: [{ name: "a", image: "a:1", memory: 128 }] };
    shop.write("fresh.json", JSON.stringify(document));
    const { outputs } = await shop.deploy({ taskDefinition: "fresh.json", target: { kind: "none" } });
    expect(outputs["result"]).toBe("registered");
    const { outcome } = await shop.deploy({ taskDefinition: "fresh:9", target: { kind: "none" } });
    expect(outcome.failure?.code).toBe("NOT_FOUND");
  });

  it("says neither events, nor counts, nor configurations", async () => {
    await behind(
      without("DescribeServices", "events", "deploymentConfiguration", "deploymentController", "status"),
      without("DescribeServiceDeployments", "targetServiceRevision", "deploymentCircuitBreaker", "rollback"),
      without("ListServiceDeployments", "createdAt", "startedAt"),
    );
    const { outputs } = await shop.deploy(release);
    expect(outputs["result"]).toBe("deployed");
    expect(outputs["service-deployment-arn"]).toContain(":service-deployment/");
  });

  it("ends lists with an empty token", async () => {
    await behind((action, answer) =>
      action === "ListServiceDeployments" && answer.status === 200
        ? { ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), nextToken: "" }) }
        : undefined,
    );
    expect((await shop.deploy(release)).outputs["result"]).toBe("deployed");
  });
});

describe("an endpoint that cannot list services", () => {
  it("keeps what the service itself runs when old revisions are removed", async () => {
    for (const image of ["shop:a", "shop:b"])
      await shop.aws.call("ecs", "RegisterTaskDefinition", definition(image));
    await behind(lacks("ListClusters", "ListServices"));
    const { outputs } = await shop.deploy({ ...release, keepRevisions: 1 });
    expect(outputs["result"]).toBe("deployed");
    const revisions = shop.aws.ecs.state.families.get("shop")?.revisions ?? [];
    expect(revisions.map(({ status }) => status)).toEqual(["ACTIVE", "INACTIVE", "INACTIVE", "ACTIVE"]);
  });
});

describe("a service that the endpoint refuses to describe because it is not there", () => {
  it("is created where a document says how", async () => {
    shop.write("service.json", '{"launchType": "FARGATE", "desiredCount": 1}');
    let isThere = false;
    const refused = refuses("ServiceNotFoundException", "DescribeServices");
    await behind((action, answer) => {
      isThere ||= action === "CreateService";
      return isThere ? undefined : refused(action, answer);
    });
    const target = { ...serviceTarget({}, "shop-new"), createFrom: "service.json" };
    await shop.deploy({ ...release, target });
    expect(shop.aws.calls.of("ecs", "CreateService")).toHaveLength(1);
  });
});

describe("a service given by an ARN", () => {
  it("of the older form is found though the answer has the newer one", async () => {
    const arn = "arn:aws:ecs:eu-central-1:123456789012:service/shop-blue";
    const { outputs } = await shop.deploy({ ...release, target: serviceTarget({}, arn) });
    expect(outputs["result"]).toBe("deployed");
  });
});

describe("a proxy's own page instead of an answer", () => {
  it("is said with its status when it comes for good, and nothing is changed", async () => {
    await behind((action) =>
      action === "DescribeServices"
        ? { status: 502, headers: { "content-type": "text/html" }, body: "<html>Bad Gateway</html>" }
        : undefined,
    );
    const { outcome } = await shop.deploy(release);
    expect(outcome.failure?.code).toBe("SERVICE_UNAVAILABLE");
    expect(outcome.failure?.message).toMatch(/ecs:DescribeServices answered HTTP 502 with a text that AWS/);
    expect(shop.aws.calls.of("ecs", "UpdateService")).toEqual([]);
  });

  it("for the history alone, as stand-ins answer calls they lack, leaves rollout states to judge by", async () => {
    await behind((action) =>
      action === "ListServiceDeployments"
        ? {
            status: 500,
            headers: { "content-type": "text/html" },
            body: "<!doctype html><title>500 Internal Server Error</title>",
          }
        : undefined,
    );
    const { outputs, log } = await shop.deploy(release);
    expect(outputs["result"]).toBe("deployed");
    expect(log.join("\n")).toMatch(/HTTP 500 with a text that AWS does not write.*judged by rollout states/);
  });
});
