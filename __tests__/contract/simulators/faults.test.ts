import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type ManualClock, manualClock } from "#ship/kit";
import { createFaultScript, type SimulatedAws, startSimulatedAws } from "#ship/simulators";
import { awsClient } from "./wire.ts";

describe("scripted faults", () => {
  let clock: ManualClock;
  let aws: SimulatedAws;
  let ecr: ECRClient;
  let sts: STSClient;

  beforeEach(async () => {
    clock = manualClock();
    aws = await startSimulatedAws({ clock, repositories: ["shop-api"] });
    ecr = new ECRClient(awsClient(aws));
    sts = new STSClient(awsClient(aws));
  });
  afterEach(async () => {
    ecr.destroy();
    sts.destroy();
    await aws.close();
  });

  const describeRepositories = () => ecr.send(new DescribeRepositoriesCommand({}));
  const create = (repositoryName: string) => ecr.send(new CreateRepositoryCommand({ repositoryName }));

  it("throttle with the code of each protocol", async () => {
    aws.faults.add({ fault: { kind: "throttle" } });

    await expect(describeRepositories()).rejects.toMatchObject({ name: "ThrottlingException" });
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: "Throttling",
      message: "Rate exceeded",
    });
  });

  it("are survived by a client that repeats the call", async () => {
    aws.faults.add({ service: "ecr", times: 2, fault: { kind: "throttle" } });
    const patient = new ECRClient({ ...awsClient(aws), maxAttempts: 4 });

    const answer = await patient.send(new DescribeRepositoriesCommand({}));

    expect(answer.repositories).toHaveLength(1);
    expect(aws.calls.of("ecr").map((call) => call.status)).toEqual([400, 400, 200]);
  });

  it.each([500, 503] as const)("answer HTTP %d", async (status) => {
    aws.faults.add({ fault: { kind: "server-error", status } });

    await expect(describeRepositories()).rejects.toMatchObject({ $metadata: { httpStatusCode: status } });
  });

  it("cut the connection before the service sees the call", async () => {
    aws.faults.add({ action: "CreateRepository", fault: { kind: "reset" } });

    await expect(create("new")).rejects.toThrow("socket hang up");
    expect(aws.ecr.repositories.has("new")).toBe(false);
  });

  it("lose the answer of a call that was carried out", async () => {
    aws.faults.add({ action: "CreateRepository", fault: { kind: "lost-answer" } });

    await expect(create("new")).rejects.toThrow("socket hang up");
    expect(aws.ecr.repositories.has("new")).toBe(true);
    expect(aws.calls.all.at(-1)).toMatchObject({ status: 0, applied: true, fault: "lost-answer" });
  });

  it("delay a call on the simulation's clock", async () => {
    aws.faults.add({ fault: { kind: "delay", milliseconds: 5_000 } });
    const started = clock.now();

    await clock.runUntil(describeRepositories());

    expect(clock.now() - started).toBe(5_000);
  });

  it("deny with the caller, the permission and the reason", async () => {
    aws.faults.add({ action: "CreateRepository", fault: { kind: "denied" } });

    await expect(create("new")).rejects.toMatchObject({
      name: "AccessDeniedException",
      message:
        "User: arn:aws:iam::123456789012:user/simulated is not authorized to perform: ecr:CreateRepository on resource: * because no identity-based policy allows the ecr:CreateRepository action",
    });
  });

  it("end the caller's session", async () => {
    aws.faults.add({ fault: { kind: "expired-token" } });

    await expect(describeRepositories()).rejects.toMatchObject({ name: "ExpiredTokenException" });
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: "ExpiredToken" });
  });

  it("leave a call without an answer until the client gives up", async () => {
    aws.faults.add({ action: "CreateRepository", fault: { kind: "hang" } });
    const impatience = new AbortController();
    const creating = ecr.send(new CreateRepositoryCommand({ repositoryName: "new" }), {
      abortSignal: impatience.signal,
    });
    const heard = new Promise((resolve) => setTimeout(resolve, 100, "nothing"));

    expect(await Promise.race([creating, heard])).toBe("nothing");
    impatience.abort();

    await expect(creating).rejects.toMatchObject({ name: "AbortError" });
    expect(aws.ecr.repositories.has("new")).toBe(false);
  });

  it("strike the nth matching call only", async () => {
    aws.faults.add({ action: "DescribeRepositories", nth: 2, fault: { kind: "throttle" } });
    await create("other");

    await describeRepositories();
    await expect(describeRepositories()).rejects.toThrow("Rate exceeded");
    await describeRepositories();
  });

  it("strike at random, and the same way for the same seed", () => {
    const struck = (seed: number) => {
      const script = createFaultScript([{ probability: 0.3, fault: { kind: "throttle" } }], seed);
      return Array.from({ length: 200 }, () => script.strike("ecs", "DescribeServices") !== undefined);
    };

    expect(struck(7)).toEqual(struck(7));
    expect(struck(7)).not.toEqual(struck(8));
    expect(struck(7).filter(Boolean).length).toBeGreaterThan(35);
    expect(struck(7).filter(Boolean).length).toBeLessThan(85);
  });

  describe("over HTTP, for another process", () => {
    const control = (method: string, path: string, body?: string) =>
      fetch(`${aws.url}/_ship/${path}`, { method, ...(body === undefined ? {} : { body }) });

    it("are added, shown and cleared", async () => {
      const rule = { service: "ecr", fault: { kind: "throttle" } };

      await control("POST", "faults", JSON.stringify(rule));
      await expect(describeRepositories()).rejects.toThrow("Rate exceeded");
      expect(await (await control("GET", "faults")).json()).toEqual([rule]);

      await control("DELETE", "faults");
      expect((await describeRepositories()).repositories).toHaveLength(1);
    });

    it("show the calls so far", async () => {
      await describeRepositories();

      expect(await (await control("GET", "calls")).json()).toEqual([
        expect.objectContaining({ service: "ecr", action: "DescribeRepositories", status: 200 }),
      ]);
    });

    it.each([
      ["nonsense", "The body is not JSON"],
      ['{"fault":{"kind":"earthquake"}}', "fault.kind"],
      ['{"nth":1,"times":2,"fault":{"kind":"hang"}}', "either nth or times"],
      ['{"acton":"UpdateService","fault":{"kind":"hang"}}', "acton"],
    ])("are refused with the reason: %s", async (body, reason) => {
      const answer = await control("POST", "faults", body);

      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain(reason);
      expect(aws.faults.rules).toEqual([]);
    });
  });
});
