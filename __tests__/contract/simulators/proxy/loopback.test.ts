import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { systemClock } from "#ship/kit";
import { httpProbe } from "../../../../packages/simulators/src/elbv2/probe.ts";
import { eventually } from "../../../support/eventually.ts";
import { shop } from "../elbv2/shop.ts";
import { type RunningTarget, startTarget } from "./targets.ts";

/** `localhost` is a name that a resolver could send anywhere, so it stands here for every address of another machine. */
describe("a target that is not a loopback address", () => {
  let world: Awaited<ReturnType<typeof shop>>;
  let target: RunningTarget;
  const requests: unknown[] = [];

  beforeEach(async () => {
    world = await shop({ clock: systemClock, probe: httpProbe, second: 1 });
    target = await startTarget("elsewhere");
    target.server.on("connection", (connection) => requests.push(connection));
    world.elbv2.register(world.blue, { host: "localhost", port: target.port });
  });
  afterEach(async () => {
    await world.elbv2.close();
    await target.close();
  });

  it("never gets a request, neither a health check nor a visitor's, and counts as unreachable", async () => {
    await eventually(
      "failed health checks",
      () => world.elbv2.health(world.blue)[0]?.reason === "Target.FailedHealthChecks",
    );
    const endpoint = world.elbv2.endpoint(world.listener.arn);
    const visit = await fetch(`http://${endpoint?.host}:${endpoint?.port}/`, {
      method: "POST",
      body: "order",
    });

    expect(visit.status).toBe(502);
    expect(requests).toEqual([]);
  });
});
