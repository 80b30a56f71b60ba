import { describe, expect, it } from "@jest/globals";
import { type Json, shop, template, type World, world } from "./world.ts";

const jobs = "v1/projects/acme-shop/locations/europe-west1/jobs";
const name = "projects/acme-shop/locations/europe-west1/jobs/way-back";

/** Two revisions of which the second serves, and a job that would put the first back at 00:30. */
async function armed(project: World, settings: object = {}) {
  await project.finish("PATCH", `${shop}?allowMissing=true`, { template: template("shop/api:1") });
  const stable = project.google.run.service("shop").latestReady;
  await project.finish("PATCH", shop, { template: template("shop/api:2") });
  const traffic = [{ type: "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", revision: stable, percent: 100 }];
  return project.call("POST", jobs, {
    name,
    schedule: "30 0 1 1 *",
    timeZone: "Etc/UTC",
    httpTarget: {
      uri: `https://run.googleapis.com/${shop}?updateMask=traffic`,
      httpMethod: "PATCH",
      headers: { "Content-Type": "application/json" },
      body: Buffer.from(JSON.stringify({ traffic })).toString("base64"),
      oauthToken: { serviceAccountEmail: project.google.serviceAccount },
    },
    ...settings,
  });
}
const served = async ({ google }: World) => (await fetch(google.run.url("shop"))).text();
const patches = ({ google }: World) => google.calls.of("run", "services.patch").length;

/** Lets the clock reach 00:30 and the attempt, a real HTTP call, come to its end. */
async function reachHalfPast(project: World): Promise<void> {
  await project.clock.advance(Date.UTC(2026, 0, 1, 0, 30) - project.clock.now());
  await project.google.scheduler.idle();
  await project.clock.advance(60_000);
}

describe("Cloud Scheduler", () => {
  it("calls a Google API as a service account, once, at the time", async () => {
    await using project = await world();
    const created = await armed(project);
    expect(created.body).toMatchObject({ name, state: "ENABLED", scheduleTime: "2026-01-01T00:30:00.000Z" });
    const before = patches(project);

    await project.clock.advance(20 * 60_000);
    expect([await served(project), patches(project)]).toEqual(["shop/api:2\n", before]);
    await reachHalfPast(project);

    expect([await served(project), patches(project)]).toEqual(["shop/api:1\n", before + 1]);
    expect(project.google.run.service("shop").lastModifier).toBe(project.google.serviceAccount);
    const { body } = await project.call("GET", `${jobs}/way-back`);
    expect(body).toMatchObject({ lastAttemptTime: "2026-01-01T00:30:00.000Z", status: {} });
  });

  it("can be put off, and comes no more once deleted", async () => {
    await using project = await world();
    await armed(project);
    const before = patches(project);

    const later = await project.call("PATCH", `${jobs}/way-back?updateMask=schedule`, {
      schedule: "45 0 1 1 *",
    });
    await reachHalfPast(project);
    expect([later.body["scheduleTime"], patches(project)]).toEqual(["2026-01-01T00:45:00.000Z", before]);
    await project.call("DELETE", `${jobs}/way-back`);
    await project.clock.advance(60 * 60_000);

    expect([await served(project), patches(project)]).toEqual(["shop/api:2\n", before]);
    expect((await project.call("GET", `${jobs}/way-back`)).status).toBe(404);
  });

  it("tells how an attempt failed, and retries as often as it was told", async () => {
    await using project = await world();
    await armed(project, { retryConfig: { retryCount: 1, minBackoffDuration: "30s" } });
    const before = patches(project);
    project.google.faults.add({ service: "run", action: "services.patch", fault: { kind: "denied" } });

    await reachHalfPast(project);
    await project.google.scheduler.idle();

    expect(patches(project)).toBe(before + 2);
    const { body } = await project.call("GET", `${jobs}/way-back`);
    expect(body["status"]).toEqual({ code: 7 });
  });

  it("calls nothing outside this machine but Google, which is this simulation", async () => {
    await using project = await world();
    await armed(project, { httpTarget: { uri: "https://shop.example/hook" } });

    await reachHalfPast(project);

    const { body } = await project.call("GET", `${jobs}/way-back`);
    expect(body["status"]).toEqual({ code: 14 });
  });

  it.each<[string, object, string]>([
    ["a schedule with seconds", { schedule: "0 30 0 1 1 *" }, "Schedule or time zone is invalid"],
    ["an unknown time zone", { timeZone: "Mars/Olympus" }, "Schedule or time zone is invalid"],
    ["a name elsewhere", { name: "projects/other/locations/x/jobs/a" }, "Job name must be formatted"],
    ["an unknown field", { oneTime: true }, "Unrecognized key"],
    ["no target", { httpTarget: undefined }, "job.httpTarget"],
  ])("refuses %s", async (_, settings, reason) => {
    await using project = await world();

    const { body } = await armed(project, settings);

    expect(body["error"]).toMatchObject({ code: 400, message: expect.stringContaining(reason) });
  });

  it.each(["cloudscheduler.jobs.create", "iam.serviceAccounts.actAs"])(
    "wants the permission %s",
    async (permission) => {
      await using project = await world({ deniedPermissions: [permission] });

      const { body }: { body: Json } = await armed(project);

      expect(body["error"]).toMatchObject({
        status: "PERMISSION_DENIED",
        message: expect.stringContaining(permission),
      });
      expect(project.google.scheduler.jobs.size).toBe(0);
    },
  );
});
