import { systemClock } from "#ship/kit";
import { applySeed, parseSeed, type SimulatedAws, seedRuntime, startSimulatedAws } from "#ship/simulators";
import { eventually } from "../../support/eventually.ts";

/** Fast enough that a rollout takes about a second. */
const speed = 50;

const seedText = `
repositories: [{ name: shop-api }]
clusters: [shop]
log-groups: [/ecs/shop]
images:
  - { name: "shop-api:crash", does: exits, after: 1s, code: 3, lines: [cannot start] }
  - { name: "shop-api:sick", does: unhealthy }
  - { name: "shop-api:leaky", errors: 50% }
target-groups: [{ name: stable, port: 8080 }, { name: canary, port: 8080 }]
load-balancers:
  - name: shop
    listeners:
      - port: 80
        forward: { stable: 1 }
        rules: [{ priority: 1, path: "/*", forward: { stable: 100, canary: 0 } }]
task-definitions:
  - family: shop-api
    networkMode: awsvpc
    requiresCompatibilities: [FARGATE]
    cpu: "256"
    memory: "512"
    containerDefinitions: [{ name: api, image: "shop-api:1", portMappings: [{ containerPort: 8080 }] }]
  - family: shop-leaky
    networkMode: awsvpc
    requiresCompatibilities: [FARGATE]
    cpu: "256"
    memory: "512"
    containerDefinitions: [{ name: api, image: "shop-api:leaky", portMappings: [{ containerPort: 8080 }] }]
services:
  - name: stable
    cluster: shop
    task-definition: shop-api
    desired-count: 2
    target-group: stable
    container: api
    container-port: 8080
    settings: { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } }
  - name: canary
    cluster: shop
    task-definition: shop-leaky
    desired-count: 1
    target-group: canary
    container: api
    container-port: 8080
`;

/** Two services behind one rule, as `npm run simulate` would start them, and the environment that points programs at them. */
export interface Shop {
  readonly aws: SimulatedAws;
  readonly environment: Readonly<Record<string, string>>;
  /** Where the load balancer answers. */
  readonly url: string;
  readonly ruleArn: string;
  /** Resolves when the newest deployment of a service has ended; answers its status. */
  ended(service: string): Promise<string>;
  close(): Promise<void>;
}

/** Starts a {@link Shop} whose first deployments have ended. Requests are split exactly as the weights say. */
export async function openShop(): Promise<Shop> {
  const seed = parseSeed(seedText, "shop.ts");
  const runtime = await seedRuntime(seed.images, {
    clock: systemClock,
    folder: process.cwd(),
    path: "",
    speed,
  });
  let request = 0;
  const aws = await startSimulatedAws({
    runtime,
    ecs: { speed },
    elbv2: {
      second: 1_000 / speed,
      random: () => {
        request += 1;
        return (request % 100) / 100;
      },
    },
  });
  await applySeed(aws, seed);
  const service = (name: string) => [...aws.ecs.state.services.values()].find((one) => one.name === name);
  const ended = (name: string) =>
    eventually(`the end of the deployment of ${name}`, () => {
      const [deployment] = service(name)?.serviceDeployments ?? [];
      return deployment?.finishedAt === undefined ? undefined : deployment.status;
    });
  await Promise.all([ended("stable"), ended("canary")]);

  const { LoadBalancers } = await aws.call("elbv2", "DescribeLoadBalancers", {});
  const { Listeners } = await aws.call("elbv2", "DescribeListeners", {
    LoadBalancerArn: first(LoadBalancers, "LoadBalancerArn"),
  });
  const listenerArn = first(Listeners, "ListenerArn");
  const endpoint = aws.elbv2.endpoint(listenerArn);
  const rule = aws.elbv2.rules(listenerArn).find(({ priority }) => priority === 1);
  if (!endpoint || !rule) throw new Error("The seeded load balancer has no listener or no rule.");
  return {
    aws,
    environment: aws.environment(),
    url: `http://${endpoint.host}:${endpoint.port}/`,
    ruleArn: rule.arn,
    ended,
    close: () => aws.close(),
  };
}

/** A text member of the first entry of a list in an answer. */
export function first(list: unknown, member: string): string {
  const [entry]: unknown[] = Array.isArray(list) ? list : [];
  const value = typeof entry === "object" && entry !== null ? Reflect.get(entry, member) : undefined;
  if (typeof value !== "string")
    throw new Error(`The answer's first entry has no ${member}: ${JSON.stringify(list)}`);
  return value;
}
