import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodeDeployClient, CreateDeploymentCommand } from "@aws-sdk/client-codedeploy";
import {
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startSimulatedAws } from "#ship/simulators";

let folder: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ship-simulate-"));
});
afterEach(async () => {
  child?.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

/** Starts the command; `text()` is what it has written so far. */
function simulate(...args: readonly string[]) {
  const started = spawn(process.execPath, ["packages/simulators/src/cli.ts", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child = started;
  let text = "";
  for (const stream of [started.stdout, started.stderr]) stream.on("data", (chunk) => (text += chunk));
  const exited = once(started, "close").then(([code]: unknown[]) => code);
  const written = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const match = pattern.exec(text);
      if (match) return match[1] ?? match[0];
      if (started.exitCode !== null)
        throw new Error(`The command ended without writing ${pattern}:\n${text}`);
      await Promise.race([once(started.stdout, "data"), exited]);
    }
  };
  return { child: started, exited, written, text: () => text };
}

const credentials = { accessKeyId: "A", secretAccessKey: "s" };

/** One task of `api:1` behind a load balancer; `api:2` answers every second request with an error. */
const onlineShop = `
clusters: [shop]
images: [{ name: "api:2", errors: 50% }]
target-groups: [{ name: api, port: 8080 }]
load-balancers: [{ name: shop, listeners: [{ port: 80, forward: { api: 1 } }] }]
task-definitions:
  - family: api
    networkMode: awsvpc
    requiresCompatibilities: [FARGATE]
    cpu: "256"
    memory: "512"
    containerDefinitions: [{ name: api, image: "api:1", memory: 128, portMappings: [{ containerPort: 8080 }] }]
services:
  - name: api
    cluster: shop
    task-definition: api
    target-group: api
    container: api
    container-port: 8080
`;

const program = `
import { createServer } from "node:http";
createServer((_, response) => response.end(process.env.GREETING + " " + process.env.NAME)).listen(process.env.PORT, "127.0.0.1");
`;

/** What ten requests are answered with: status and body, counted. */
async function answers(url: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let request = 0; request < 10; request += 1) {
    const answer = await fetch(url);
    const said = `${answer.status} ${(await answer.text()).trim()}`;
    counts[said] = (counts[said] ?? 0) + 1;
  }
  return counts;
}

async function seedFile(text: string): Promise<string> {
  const file = join(folder, "seed.yml");
  await writeFile(file, text);
  return file;
}

describe("npm run simulate", () => {
  it("serves the default account, shows each call and ends on Ctrl-C leaving nothing", async () => {
    const simulation = simulate("--speed", "100");
    const endpoint = await simulation.written(/AWS_ENDPOINT_URL='([^']+)'/);
    const region = await simulation.written(/AWS_REGION='([^']+)'/);
    const ecs = new ECSClient({ endpoint, region, credentials });

    const { services } = await ecs.send(
      new DescribeServicesCommand({ cluster: "shop", services: ["shop-api"] }),
    );
    await simulation.written(/ecs DescribeServices shop-api 200 \d+ ms/);
    simulation.child.kill("SIGINT");

    expect(services?.[0]).toMatchObject({ serviceName: "shop-api", desiredCount: 2 });
    expect(await simulation.exited).toBe(0);
    await expect(fetch(endpoint)).rejects.toThrow("fetch failed");
  });

  it("ends when the shell that started it is killed", async () => {
    const shell = spawn("sh", ["-c", `"${process.execPath}" packages/simulators/src/cli.ts & wait`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    child = shell;
    const [first]: unknown[] = await once(shell.stdout, "data");
    const endpoint = /AWS_ENDPOINT_URL='([^']+)'/.exec(String(first))?.[1] ?? "";

    shell.kill("SIGKILL");
    // The pipe closes only when the last process that holds it, the simulation, has ended.
    await once(shell, "close");

    await expect(fetch(endpoint)).rejects.toThrow("fetch failed");
  });

  it("seeds what the given file says, and nothing else", async () => {
    const seed = await seedFile('account: "210987654321"\nregion: eu-west-3\n');
    const simulation = simulate("--seed", seed);
    const endpoint = await simulation.written(/AWS_ENDPOINT_URL='([^']+)'/);
    const caller = await new STSClient({ endpoint, region: "eu-west-3", credentials }).send(
      new GetCallerIdentityCommand({}),
    );
    const { failures } = await new ECSClient({ endpoint, region: "eu-west-3", credentials })
      .send(new DescribeServicesCommand({ cluster: "shop", services: ["shop-api"] }))
      .catch((error: Error) => ({ failures: error.name }));

    expect(caller.Account).toBe("210987654321");
    expect(failures).toBe("ClusterNotFoundException");
    expect(simulation.text()).toContain("export AWS_REGION='eu-west-3'");
    await simulation.written(/ecs DescribeServices shop-api 400 ClusterNotFoundException/);
  });

  it("lets a client deploy an image that fails its users, and shows what happened beside the calls", async () => {
    const simulation = simulate("--seed", await seedFile(onlineShop), "--speed", "100");
    const endpoint = await simulation.written(/AWS_ENDPOINT_URL='([^']+)'/);
    const shop = await simulation.written(/Load balancer shop, listener 80: (\S+)/);
    await simulation.written(/\* shop\/api: deployment of api:1 ended SUCCESSFUL/);
    const before = await answers(shop);
    const ecs = new ECSClient({ endpoint, region: "eu-central-1", credentials });
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: "api",
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        cpu: "256",
        memory: "512",
        containerDefinitions: [
          {
            name: "api",
            image: "registry.example:5000/api:2",
            memory: 128,
            portMappings: [{ containerPort: 8080 }],
          },
        ],
      }),
    );

    await ecs.send(new UpdateServiceCommand({ cluster: "shop", service: "api", taskDefinition: "api" }));

    await simulation.written(/\* shop\/api: deployment of api:2 started \(ROLLING\)/);
    await simulation.written(/\* shop\/api: deployment of api:2 ended SUCCESSFUL/);
    await simulation.written(
      /\* task \w{8} of service:api \(api:1\) stopped, ServiceSchedulerInitiated: .*; api exited with 143/,
    );
    expect(before).toEqual({ "200 api:1": 10 });
    expect(await answers(shop)).toEqual({
      "200 registry.example:5000/api:2": 5,
      "500 registry.example:5000/api:2 fails": 5,
    });
  });

  it("runs an image as a program of this machine, with its secrets, behind the load balancer", async () => {
    await writeFile(join(folder, "server.mjs"), program);
    const images = `images: [{ name: api, command: [node, server.mjs], directory: ${folder}, environment: { GREETING: hello } }]`;
    const seed = onlineShop
      .replace(/^images.*$/m, images)
      .replace("memory: 128", "secrets: [{ name: NAME, valueFrom: parameter/name }]")
      .concat("secrets: { parameter/name: shop }");
    const simulation = simulate("--seed", await seedFile(seed), "--speed", "50");
    const shop = await simulation.written(/Load balancer shop, listener 80: (\S+)/);

    await simulation.written(/\* shop\/api: deployment of api:1 ended SUCCESSFUL/);

    expect(await answers(shop)).toEqual({ "200 hello shop": 10 });
  });

  it("deploys a service through CodeDeploy, and tells what becomes of it", async () => {
    const seed = onlineShop
      .replace("target-groups: [", "target-groups: [{ name: green, port: 8080 }, ")
      .concat("    settings: { deploymentController: { type: CODE_DEPLOY } }\n")
      .concat(
        "deployment-groups: [{ service: api, cluster: shop, load-balancer: shop, target-groups: [api, green] }]\n",
      )
      .concat("functions: { check-it: fails }\n");
    const simulation = simulate("--seed", await seedFile(seed), "--speed", "200");
    const endpoint = await simulation.written(/AWS_ENDPOINT_URL='([^']+)'/);
    const codeDeploy = new CodeDeployClient({ endpoint, region: "eu-central-1", credentials });
    const content = JSON.stringify({
      version: 0,
      Resources: [
        {
          Api: {
            Type: "AWS::ECS::Service",
            Properties: {
              TaskDefinition: "api:1",
              LoadBalancerInfo: { ContainerName: "api", ContainerPort: 8080 },
            },
          },
        },
      ],
      Hooks: [{ BeforeAllowTraffic: "check-it" }],
    });

    const { deploymentId } = await codeDeploy.send(
      new CreateDeploymentCommand({
        applicationName: "AppECS-shop-api",
        deploymentGroupName: "DgpECS-shop-api",
        revision: { revisionType: "AppSpecContent", appSpecContent: { content } },
        autoRollbackConfiguration: { enabled: true, events: ["DEPLOYMENT_FAILURE"] },
      }),
    );

    await simulation.written(/codedeploy CreateDeployment DgpECS-shop-api 200/);
    await simulation.written(/\* shop\/api: deployment of api:1 started \(CodeDeployDefault\.ECSAllAtOnce\)/);
    await simulation.written(/\* shop\/api: deployment of api:1 ended Failed: .*validation functions failed/);
    await simulation.written(/\* shop\/api: rolling back to api:1/);
    expect(deploymentId).toMatch(/^d-/);
  });

  it.each([
    [
      "images: [{ name: api, command: [node], directory: /no/such/folder }]",
      'images.0.directory = "/no/such/folder": /no/such/folder is not a folder',
    ],
    ["clusters: shop", 'clusters = "shop": Invalid input: expected array'],
    ["cluster: [shop]", 'Unrecognized key: "cluster"'],
    ["account: 123456789012", "account = 123456789012: expected a text; put the number in quotes"],
    [
      "repositories: [{ name: x, tag-mutability: NO }]",
      'repositories.0.tag-mutability = "NO": Invalid option: expected one of "MUTABLE"|"IMMUTABLE"',
    ],
    ["clusters: [a\nb", "is not valid YAML"],
    [
      "load-balancers: [{ name: shop, listeners: [{ port: 80, forward: { blue: 1 } }] }]",
      "load-balancers: shop could not be created: the target group blue is not listed under target-groups (listed: none)",
    ],
    [
      `${onlineShop}deployment-groups: [{ service: api, cluster: shop, load-balancer: shop, production-port: 81, target-groups: [api, api] }]`,
      "deployment-groups: api could not be created: the load balancer shop has no listener on port 81 (it has: 80)",
    ],
    [
      "services: [{ name: api, cluster: shop, task-definition: api }]",
      "services: api could not be created: Cluster not found.",
    ],
  ])("refuses the seed %j, saying why", async (text, reason) => {
    const simulation = simulate("--seed", await seedFile(text));

    expect(await simulation.exited).toBe(1);
    expect(simulation.text()).toContain(reason);
  });

  it.each([
    [["--seed", "/no/such/file.yml"], "--seed is '/no/such/file.yml', which cannot be read"],
    [["--port", "http"], "--port is 'http'. Accepted: a number from 0 to 65535"],
    [["--speed", "0"], "--speed is '0'. Accepted: a number above 0"],
    [["--sed", "x"], "Unknown option '--sed'"],
  ])("refuses the arguments %j", async (args, reason) => {
    const simulation = simulate(...args);

    expect(await simulation.exited).toBe(1);
    expect(simulation.text()).toContain(reason);
  });

  it("refuses a port that is taken", async () => {
    await using other = await startSimulatedAws();
    const { port } = new URL(other.url);
    const simulation = simulate("--port", port);

    expect(await simulation.exited).toBe(1);
    expect(simulation.text()).toContain(`Port ${port} on 127.0.0.1 is taken`);
  });
});
