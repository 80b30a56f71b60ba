import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { systemClock } from "#ship/kit";
import type { Condition, RequestRecord } from "#ship/simulators";
import { eventually } from "../../../support/eventually.ts";
import { call } from "../calls.ts";
import { shop, weighted } from "../elbv2/shop.ts";
import { type RunningTarget, startTarget } from "./targets.ts";

describe("the proxy of a simulated listener", () => {
  let world: Awaited<ReturnType<typeof shop>>;
  let targets: RunningTarget[];
  let records: RequestRecord[];
  let url: string;
  let turn: number;

  beforeEach(async () => {
    records = [];
    turn = 0;
    world = await shop({
      clock: systemClock,
      onRequest: (record) => records.push(record),
      random: () => {
        turn += 1;
        return (turn % 100) / 100;
      },
      idleTimeoutMilliseconds: 150,
    });
    targets = [await startTarget("blue"), await startTarget("green", misbehave)];
    register("blue", targets[0]);
    register("green", targets[1]);
    const endpoint = world.elbv2.endpoint(world.listener.arn);
    url = `http://${endpoint?.host}:${endpoint?.port}`;
    await eventually("a healthy target", () => world.elbv2.health(world.blue)[0]?.state === "healthy");
  });
  afterEach(async () => {
    await world.elbv2.close();
    await Promise.all(targets.map((target) => target.close()));
  });

  const register = (group: "blue" | "green", target: RunningTarget | undefined) => {
    if (target) world.elbv2.register(world[group], target);
  };
  const shift = (...weights: readonly (readonly [string, number])[]) =>
    call(world.elbv2, "ModifyListener", {
      ListenerArn: world.listener.arn,
      DefaultActions: [weighted(...weights)],
    });
  const get = async (path = "/", init: RequestInit = {}) => {
    const response = await fetch(url + path, { redirect: "manual", ...init });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const lastRecord = (count = 1) => eventually("a record", () => records.length >= count && records.at(-1));

  it("splits requests by relative weight, from the request after the change on", async () => {
    expect((await get()).text).toBe("blue");
    await shift([world.blue, 3], [world.green, 1]);

    const answers: string[] = [];
    for (let sent = 0; sent < 100; sent += 1) answers.push((await get()).text);
    expect(answers.filter((answer) => answer === "green")).toHaveLength(25);
    expect(records.filter((record) => record.targetGroupArn === world.green)).toHaveLength(25);
    await shift([world.blue, 0], [world.green, 999]);
    expect((await get()).text).toBe("green");
  });

  it("takes turns among the targets of a group and leaves out those that drain", async () => {
    const second = await startTarget("second");
    targets.push(second);
    register("blue", second);
    await eventually("both", () => world.elbv2.health(world.blue).every((each) => each.state === "healthy"));

    const pair = [(await get()).text, (await get()).text];
    expect(pair.sort()).toEqual(["blue", "second"]);
    world.elbv2.deregister(world.blue, second);
    expect([(await get()).text, (await get()).text]).toEqual(["blue", "blue"]);
  });

  it("tells the target who asked, keeps the host, and streams bodies both ways", async () => {
    await shift([world.green, 1]);
    const body = "x".repeat(300_000);
    const answer = await get("/echo", {
      method: "POST",
      body,
      headers: { "x-forwarded-for": "203.0.113.9" },
    });

    expect(answer.text).toBe(body);
    const headers = targets[1]?.seen.at(-1)?.headers;
    expect(headers).toMatchObject({
      host: url.slice("http://".length),
      "x-forwarded-for": "203.0.113.9, 127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-port": "80",
    });
  });

  it("records the target's own errors as the target's", async () => {
    await shift([world.green, 1]);

    expect((await get("/broken")).status).toBe(500);
    expect(await lastRecord()).toMatchObject({
      loadBalancerArn: world.balancer.arn,
      targetGroupArn: world.green,
      endpoint: { port: targets[1]?.port },
      status: 500,
      targetStatus: 500,
      targetConnectionError: false,
      targetResponseTime: expect.any(Number),
    });
  });

  it("answers 502 when the connection is refused or the answer is cut off, and 504 on silence", async () => {
    await shift([world.green, 1]);

    expect((await get("/cut")).status).toBe(502);
    expect(await lastRecord()).toMatchObject({ status: 502, targetConnectionError: false });
    expect((await get("/silent")).status).toBe(504);
    expect(await lastRecord(2)).toMatchObject({ status: 504, targetConnectionError: false });
    await targets[1]?.close();
    expect((await get("/")).status).toBe(502);
    const refused = await lastRecord(3);
    expect(refused).toMatchObject({ status: 502, targetConnectionError: true, targetGroupArn: world.green });
    expect(refused).not.toHaveProperty("targetStatus");
  });

  it("answers 503 when the chosen group has no targets, and does not fall back to another", async () => {
    const empty = world.elbv2.createTargetGroup({ name: "empty" }).arn;
    await shift([empty, 1], [world.blue, 0]);

    expect((await get()).status).toBe(503);
    const record = await lastRecord();
    expect(record).toMatchObject({ status: 503 });
    expect(record).not.toHaveProperty("endpoint");
  });

  it("fails open when no target is healthy", async () => {
    await world.elbv2.close();
    records = [];
    world = await shop({ clock: systemClock, probe: async () => ({ kind: "connection failed" }) });
    register("blue", targets[0]);
    const endpoint = world.elbv2.endpoint(world.listener.arn);
    url = `http://${endpoint?.host}:${endpoint?.port}`;

    expect(world.elbv2.health(world.blue)[0]?.state).not.toBe("healthy");
    expect((await get()).text).toBe("blue");
  });

  it("keeps a client on its group by cookie, even at weight 0", async () => {
    const sticky = (blue: number, green: number) =>
      call(world.elbv2, "ModifyListener", {
        ListenerArn: world.listener.arn,
        DefaultActions: [
          {
            Type: "forward",
            ForwardConfig: {
              TargetGroups: [
                { TargetGroupArn: world.blue, Weight: blue },
                { TargetGroupArn: world.green, Weight: green },
              ],
              TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 },
            },
          },
        ],
      });
    await sticky(0, 1);
    const first = await get();
    const cookie = first.headers.get("set-cookie")?.split(";")[0] ?? "";

    expect(cookie).toMatch(/^AWSALBTG=/);
    await sticky(1, 0);
    expect((await get("/", { headers: { cookie } })).text).toBe("green");
    expect((await get()).text).toBe("blue");
  });

  it.each<[string, Condition, string, RequestInit, boolean]>([
    ["a path", { field: "path-pattern", values: ["/orders/*"] }, "/orders/7?x=1", {}, true],
    ["a path by case", { field: "path-pattern", values: ["/orders/*"] }, "/Orders/7", {}, false],
    ["one character", { field: "path-pattern", values: ["/v?"] }, "/v2", {}, true],
    ["a host", { field: "host-header", values: ["127.0.*"] }, "/", {}, true],
    [
      "a header",
      { field: "http-header", headerName: "X-Canary", values: ["Y*"] },
      "/",
      { headers: { "x-canary": "yes" } },
      true,
    ],
    ["an absent header", { field: "http-header", headerName: "X-Canary", values: ["*"] }, "/", {}, false],
    ["a method", { field: "http-request-method", values: ["PUT"] }, "/", { method: "PUT" }, true],
    ["a query", { field: "query-string", pairs: [{ key: "arm", value: "gr*" }] }, "/?arm=Green", {}, true],
    ["a source", { field: "source-ip", values: ["127.0.0.0/8"] }, "/", {}, true],
    ["another source", { field: "source-ip", values: ["10.0.0.0/8", "::/0"] }, "/", {}, false],
  ])("follows a rule by %s", async (_name, condition, path, init, follows) => {
    world.elbv2.createRule({
      listenerArn: world.listener.arn,
      priority: 1,
      conditions: [condition],
      actions: [{ type: "fixed-response", statusCode: 418, messageBody: "rule" }],
    });
    expect((await get(path, init)).status === 418).toBe(follows);
  });

  it("redirects as told, filling in the parts of the request", async () => {
    await call(world.elbv2, "ModifyListener", {
      ListenerArn: world.listener.arn,
      DefaultActions: [
        {
          Type: "redirect",
          RedirectConfig: { Protocol: "HTTPS", Port: "443", Host: "www.#{host}", StatusCode: "HTTP_301" },
        },
      ],
    });
    const answer = await get("/orders?page=2", { headers: { host: "shop.example" } });

    expect([answer.status, answer.headers.get("location")]).toEqual([
      301,
      "https://www.127.0.0.1:443/orders?page=2",
    ]);
  });
});

/** A target that breaks in the way its path asks for. */
function misbehave(incoming: IncomingMessage, response: ServerResponse): void {
  if (incoming.url === "/cut") incoming.socket.destroy();
  if (incoming.url === "/broken") response.writeHead(500).end("broken");
  if (incoming.url === "/echo") incoming.pipe(response);
}
