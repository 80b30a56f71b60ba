import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Probe, type SimulatedAws, startSimulatedAws } from "#ship/simulators";
import { eventually } from "../support/eventually.ts";

/** Two releases that really answer, behind a simulated load balancer, under steady traffic. */
export interface CanaryWorld {
  readonly aws: SimulatedAws;
  readonly rule: string;
  /** What the step is told of the world: `with:` of the workflow. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Share of the canary's requests that fail from now on, a fraction. */
  canaryErrors: number;
  /** The weights in force, `blue/green`. */
  weights(): string;
  close(): Promise<void>;
}

const requestsPerSecond = 150;
/** Real services take tens of milliseconds, with a tail; beside that the hiccups of a busy machine are small. */
const workMilliseconds = () => 20 - 20 * Math.log(1 - Math.random());

/** A real health check: the simulated account has no containers of its own here. */
const probe: Probe = async ({ host, port, path }) => ({
  kind: "status",
  status: (await fetch(`http://${host}:${port}${path}`)).status,
});

/** Starts the world with all traffic at `blue`, once both releases are healthy and blue has been measured. */
export async function canaryWorld(): Promise<CanaryWorld> {
  const aws = await startSimulatedAws({ elbv2: { probe } });
  const releases = new Map<string, Server>();
  const errors = { blue: 0, green: 0 };
  const groups = { blue: "", green: "" };
  for (const name of ["blue", "green"] as const) {
    const server = createServer(async (request, response) => {
      const isVisit = request.url !== "/health";
      if (isVisit) await sleep(workMilliseconds());
      response.writeHead(isVisit && Math.random() < errors[name] ? 500 : 200).end(name);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    releases.set(name, server);
    const healthCheck = { path: "/health", intervalSeconds: 5, timeoutSeconds: 2 };
    groups[name] = aws.elbv2.createTargetGroup({ name, healthCheck }).arn;
    const { port } = server.address() as AddressInfo;
    aws.elbv2.register(groups[name], { host: "127.0.0.1", port });
  }
  const split = [
    { targetGroupArn: groups.blue, weight: 100 },
    { targetGroupArn: groups.green, weight: 0 },
  ];
  const listener = await aws.elbv2.createListener({
    loadBalancerArn: aws.elbv2.createLoadBalancer({ name: "shop" }).arn,
    port: 80,
    defaultActions: [{ type: "fixed-response", statusCode: 404 }],
  });
  const rule = aws.elbv2.createRule({
    listenerArn: listener.arn,
    priority: 1,
    conditions: [{ field: "path-pattern", values: ["/*"] }],
    actions: [{ type: "forward", targetGroups: split, stickiness: { enabled: false } }],
  }).arn;
  const door = aws.elbv2.endpoint(listener.arn);
  if (!door) throw new Error("The listener has no proxy.");
  const visit = () => fetch(`http://${door.host}:${door.port}/`).then((answer) => answer.text());
  const traffic = setInterval(() => void visit().catch(() => undefined), 1_000 / requestsPerSecond);
  await eventually("both releases to be healthy", () =>
    Object.values(groups).every((arn) => aws.elbv2.health(arn).every(({ state }) => state === "healthy")),
  );

  return {
    aws,
    rule,
    inputs: {
      "aws-region": aws.region,
      "listener-rule-arn": rule,
      "stable-target-group": groups.blue,
      "canary-target-group": groups.green,
      steps: "50,100",
      interval: "2s",
      "max-step": "40s",
      warmup: "1s",
      bake: "2s",
      detect: "100",
      "metric-period": "1s",
      "metric-lag": "1s",
    },
    set canaryErrors(share: number) {
      errors.green = share;
    },
    weights() {
      const weights = aws.elbv2.ruleWeights(rule);
      return `${weights?.get(groups.blue) ?? 0}/${weights?.get(groups.green) ?? 0}`;
    },
    async close() {
      clearInterval(traffic);
      await aws.close();
      for (const server of releases.values()) {
        server.closeAllConnections();
        await new Promise((closed) => server.close(closed));
      }
    },
  };
}
