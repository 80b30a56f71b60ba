import { describe, expect, it } from "@jest/globals";
import type { GoogleFaultRule } from "#ship/simulators";
import { location, shop, template, world } from "./world.ts";

const patch: Pick<GoogleFaultRule, "service" | "action"> = { service: "run", action: "services.patch" };
const create = [`${shop}?allowMissing=true`, { template: template("shop/api:1") }] as const;

describe("faults of Google APIs", () => {
  it.each<[GoogleFaultRule["fault"], number, string, string]>([
    [{ kind: "throttle", retryAfterSeconds: 7 }, 429, "RESOURCE_EXHAUSTED", "Quota exceeded"],
    [{ kind: "server-error" }, 503, "UNAVAILABLE", "currently unavailable"],
    [{ kind: "server-error", status: 500 }, 500, "INTERNAL", "Internal error"],
    [{ kind: "denied" }, 403, "PERMISSION_DENIED", "'run.services.update'"],
    [{ kind: "expired-token" }, 401, "UNAUTHENTICATED", "invalid authentication credentials"],
    [{ kind: "conflict" }, 409, "ABORTED", "Conflict"],
    [{ kind: "conflict", status: 412 }, 412, "ABORTED", "Conflict"],
  ])("answer %j as Google words it, once, and change nothing", async (fault, code, status, message) => {
    await using project = await world({ faults: [{ ...patch, nth: 1, fault }] });

    const struck = await project.call("PATCH", ...create);
    const next = await project.call("PATCH", ...create);

    expect(struck.status).toBe(code);
    expect(struck.body["error"]).toMatchObject({ code, status, message: expect.stringContaining(message) });
    expect(struck.headers.get("retry-after")).toBe(code === 429 ? "7" : null);
    expect(next.status).toBe(200);
    expect(project.google.calls.of("run", "services.patch")).toMatchObject([
      { fault: fault.kind, status: code, errorCode: status, applied: false },
      { status: 200, applied: true },
    ]);
  });

  it("cut the connection before or after the call was carried out", async () => {
    await using project = await world({
      faults: [
        { ...patch, nth: 1, fault: { kind: "reset" } },
        { ...patch, nth: 2, fault: { kind: "lost-answer" } },
      ],
    });

    await expect(project.call("PATCH", ...create)).rejects.toThrow("fetch failed");
    expect((await project.call("GET", shop)).status).toBe(404);
    await expect(project.call("PATCH", ...create)).rejects.toThrow("fetch failed");

    expect((await project.call("GET", shop)).status).toBe(200);
    expect(project.google.calls.of("run", "services.patch").map(({ applied }) => applied)).toEqual([
      false,
      true,
    ]);
  });

  it("leave a caller waiting until it gives up", async () => {
    await using project = await world({ faults: [{ fault: { kind: "hang" } }] });

    const waiting = fetch(`${project.google.url}/${location}/services`, {
      headers: { authorization: `Bearer ${project.google.accessToken()}` },
      signal: AbortSignal.timeout(100),
    });

    await expect(waiting).rejects.toThrow("timeout");
  });

  it("can be set from another process, where mistakes are explained", async () => {
    await using project = await world();
    const post = (body: unknown) =>
      fetch(`${project.google.url}/_ship/faults`, { method: "POST", body: JSON.stringify(body) });

    const wrong = await post({ fault: { kind: "conflict", status: 418 } });
    const right = await post({ ...patch, fault: { kind: "conflict" } });

    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining("fault.status")]);
    expect([right.status, await right.json()]).toEqual([
      200,
      [{ ...patch, fault: { kind: "conflict", status: 409 } }],
    ]);
    expect((await project.call("PATCH", ...create)).status).toBe(409);
  });
});

describe("permissions nobody has", () => {
  it("are named when they are missing", async () => {
    await using project = await world({ deniedPermissions: ["run.services.create"] });

    const { status, body } = await project.call("PATCH", ...create);

    expect(status).toBe(403);
    expect(body["error"]).toMatchObject({
      message: "Permission 'run.services.create' denied on resource (or it may not exist).",
      details: [{ reason: "IAM_PERMISSION_DENIED", metadata: { permission: "run.services.create" } }],
    });
  });
});

describe("a path no API has", () => {
  it("is a page, not an error object", async () => {
    await using project = await world();

    const response = await fetch(`${project.google.url}/v9/projects`);

    expect([response.status, response.headers.get("content-type")]).toEqual([
      404,
      "text/html; charset=UTF-8",
    ]);
  });
});
