import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { container, type DeployLayout, definition, type Inputs, openDeployWorld } from "./deploy-world.ts";

/** Its release is given longer to become healthy than the run may wait. */
const sick: DeployLayout = {
  services: [{ name: "shop", "desired-count": 1 }],
  definition: definition(
    "shop",
    container("api", "shop:1", {
      healthCheck: { command: ["CMD", "check"], startPeriod: 300, interval: 5 },
    }),
  ),
  simulator: { ecs: { speed: 200, pace: { second: 60_000 } } },
};

/** Deploys with the shortest time that can be given, and answers how that ended and what is left. */
async function runOut(layout: DeployLayout, inputs: Inputs) {
  await using world = await openDeployWorld(layout);
  if (layout === sick) world.runtime.script("shop:2", { does: "unhealthy" });
  const { outputs, errors, exitCode } = await world.deploy({ "wait-for-minutes": "1", ...inputs });
  return {
    exitCode,
    result: outputs["result"],
    errors,
    revision: await world.revision(),
    running: world.oneOffTasks().filter(({ desiredStatus }) => desiredStatus === "RUNNING").length,
  };
}

/** The same behind an address that answers 200 to everything. */
async function runOutBehindAddress() {
  const server = createServer((_, response) => response.end("ok"));
  const { port } = await new Promise<AddressInfo>((listening) =>
    server.listen(0, "127.0.0.1", () => listening(server.address() as AddressInfo)),
  );
  const address = { "health-check-url": `http://127.0.0.1:${port}/`, "health-check-status": "204" };
  try {
    return await runOut({}, { ...address, "poll-interval": "5s" });
  } finally {
    server.close();
  }
}

const ends = {
  "goes back": {
    run: () => runOut(sick, {}),
    result: "rolled-back",
    says: /^DEPLOYMENT_ROLLED_BACK: shop:2 was not serving after (1 min|[\d.]+ s); last seen: IN_PROGRESS .* shop:1 serves again\./,
    revision: "shop:1",
  },
  "leaves the release, where that is wished": {
    run: () => runOut(sick, { "rollback-on-failure": "false" }),
    result: "failed",
    says: /^DEPLOYMENT_TIMEOUT: shop:2 was not serving after (1 min|[\d.]+ s); .*The failed deployment is left as it is\./,
    revision: "shop:2",
  },
  "stops its one-off task, and deploys nothing": {
    run: () => runOut(sick, { "run-task": "true" }),
    result: "failed",
    says: /^TASK_TIMEOUT: .*did not end within 1 min.*It was asked to stop/,
    revision: "shop:1",
  },
  "goes back, when the address does not answer as it shall": {
    run: runOutBehindAddress,
    result: "rolled-back",
    says: /last: HTTP 200, another status than expected/,
    revision: "shop:1",
  },
};

describe("a run whose time is over", () => {
  // The shortest time is a minute, which all of them share.
  const under = new Map<string, ReturnType<typeof runOut>>();
  beforeAll(async () => {
    for (const [name, { run }] of Object.entries(ends)) under.set(name, run());
    await Promise.allSettled(under.values());
  }, 180_000);

  it.each(Object.entries(ends))("%s", async (name, { result, says, revision }) => {
    expect(await under.get(name)).toEqual({
      exitCode: 1,
      result,
      errors: [expect.stringMatching(says)],
      revision,
      running: 0,
    });
  });
});
