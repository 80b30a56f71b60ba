import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openAlbRollout, openSession, ruleTargetGroups } from "#ship/aws";
import { type Alteration, type OtherEndpoint, otherEndpoint } from "../../../support/other-endpoint.ts";
import { bareRun } from "../session.ts";
import { forward, type World, world } from "./world.ts";

let shop: World;
let front: OtherEndpoint | undefined;
let rule: string;
beforeEach(async () => {
  shop = await world();
  rule = await shop.rule(forward([shop.blue, 1], [shop.green, 0]));
});
afterEach(async () => {
  await front?.close();
  front = undefined;
  await shop.aws.close();
});

async function open(...alterations: readonly Alteration[]) {
  const environment = shop.aws.environment();
  front = await otherEndpoint(String(environment["AWS_ENDPOINT_URL"]), ...alterations);
  Object.assign(process.env, environment, { AWS_ENDPOINT_URL: front.url });
  const { run, log } = bareRun(shop.clock);
  const session = openSession({ region: "eu-central-1", roleToAssume: undefined }, run);
  const sides = { kind: "target-groups", stable: shop.blue, canary: shop.green } as const;
  const rollout = await openAlbRollout(session, { place: { kind: "rule", arn: rule }, sides });
  return { ...rollout, session, log };
}

const refusal = (code: string): Alteration => {
  const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no such call</Message></Error></ErrorResponse>`;
  return (action) =>
    /Tags$/.test(action) ? { status: 400, headers: { "content-type": "text/xml" }, body } : undefined;
};
const cut =
  (pattern: RegExp): Alteration =>
  (action, answer) =>
    action.startsWith("Describe") ? { ...answer, body: answer.body.replaceAll(pattern, "") } : undefined;

describe("an endpoint that keeps no tags", () => {
  it("takes a rollout, whose notes live as long as the run, and says so once", async () => {
    const { notes, log } = await open(refusal("InvalidAction"));
    expect(await notes.read()).toEqual({});
    await notes.set({ rollout: "1001-1", deadline: "held" });
    expect(await notes.read()).toEqual({ rollout: "1001-1", deadline: "held" });
    await notes.remove(["deadline"]);
    expect(await notes.read()).toEqual({ rollout: "1001-1" });
    expect(log.lines.filter((line) => line.includes("if this run dies"))).toHaveLength(1);
  });

  it("is not taken for one that refuses them to this role", async () => {
    const { notes } = await open(refusal("AccessDenied"));
    await expect(notes.read()).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    await expect(notes.set({ rollout: "1" })).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  });
});

describe("a rule whose forward action is answered in the short form", () => {
  // One target group alone, as TargetGroupArn without the list.
  const short = cut(/<ForwardConfig>[\s\S]*?<\/ForwardConfig>/g);

  it("gives that group all traffic, and its weights can be set", async () => {
    rule = await shop.rule({ Type: "forward", TargetGroupArn: shop.blue });
    const { target } = await open(short);
    expect((await target.inspect()).split).toEqual({ canary: 0 });
  });

  it("names its target group to preflight", async () => {
    rule = await shop.rule({ Type: "forward", TargetGroupArn: shop.blue });
    const { session } = await open(short);
    expect(await ruleTargetGroups(rule, session)).toEqual([shop.blue]);
  });
});

describe("target groups without weights in the answer", () => {
  it("share the traffic alike", async () => {
    rule = await shop.rule(forward([shop.blue, 1], [shop.green, 1]));
    const { target } = await open(cut(/<Weight>\d+<\/Weight>/g));
    expect((await target.inspect()).split).toEqual({ canary: 0.5 });
  });
});

describe("target health without reasons", () => {
  it("counts who serves, and names the others by their state", async () => {
    shop.ailing.add("10.0.0.1");
    await shop.aws.call("elbv2", "RegisterTargets", {
      TargetGroupArn: shop.blue,
      Targets: [
        { Id: "10.0.0.1", Port: 80 },
        { Id: "10.0.0.2", Port: 80 },
      ],
    });
    await shop.advance(300_000);
    const { target } = await open(
      cut(
        /<Reason>[\s\S]*?<\/Reason>|<Description>[\s\S]*?<\/Description>|<HealthCheckPort>\d+<\/HealthCheckPort>/g,
      ),
    );
    const { stable } = await target.inspect();
    expect(await target.health(stable)).toEqual({
      healthy: 1,
      registered: 2,
      reasons: ["10.0.0.1:80 is unhealthy"],
    });
  });
});
