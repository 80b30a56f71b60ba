import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { shop, type World, world } from "./world.ts";

const string = { type: "string" };
/** A document of the same form as the official ones, with one property of each kind. */
const document = {
  parameters: { alt: string },
  resources: {
    services: {
      methods: {
        patch: {
          id: "run.projects.locations.services.patch",
          parameters: { allowMissing: { type: "boolean", location: "query" } },
          request: { $ref: "GoogleCloudRunV2Service" },
          response: { $ref: "Operation" },
        },
      },
    },
  },
  schemas: {
    Operation: {
      type: "object",
      properties: { name: string, metadata: { type: "object", additionalProperties: { type: "any" } } },
    },
    GoogleCloudRunV2Service: {
      type: "object",
      properties: {
        name: string,
        description: string,
        ingress: { type: "string", enum: ["INGRESS_TRAFFIC_ALL"] },
        labels: { type: "object", additionalProperties: string },
        template: { $ref: "Template" },
        generation: { type: "string", format: "int64" },
      },
    },
    Template: {
      type: "object",
      properties: {
        timeout: { type: "string", format: "google-duration" },
        maxInstanceRequestConcurrency: { type: "integer", format: "int32" },
        healthCheckDisabled: { type: "boolean" },
        containers: { type: "array", items: { type: "object", properties: { image: string } } },
      },
    },
  },
};

let folder: string;
let project: World;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ship-discovery-"));
  await writeFile(join(folder, "run-v2.json"), JSON.stringify(document));
  project = await world({ models: folder });
});
afterEach(async () => {
  await project[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});
const containers = [{ image: "shop/api:1" }];

describe("validation against the discovery documents", () => {
  it.each([
    [{ colour: 1 }, `Invalid JSON payload received. Unknown name "colour" at 'service': Cannot find field.`],
    [
      { template: { containers: [{ image: "a", tag: "b" }] } },
      `Invalid JSON payload received. Unknown name "tag" at 'service.template.containers[0]': Cannot find field.`,
    ],
    [{ ingress: "ALL" }, `Invalid value at 'service.ingress' (TYPE_ENUM), "ALL"`],
    [{ description: 7 }, "Invalid value at 'service.description' (TYPE_STRING), 7"],
    [{ labels: { a: 1 } }, "Invalid value at 'service.labels.a' (TYPE_STRING), 1"],
    [
      { template: { maxInstanceRequestConcurrency: "80" } },
      `Invalid value at 'service.template.maxInstanceRequestConcurrency' (TYPE_INT32), "80"`,
    ],
    [
      { template: { maxInstanceRequestConcurrency: 0.5 } },
      "Invalid value at 'service.template.maxInstanceRequestConcurrency' (TYPE_INT32), 0.5",
    ],
    [
      { template: { healthCheckDisabled: "yes" } },
      `Invalid value at 'service.template.healthCheckDisabled' (TYPE_BOOL), "yes"`,
    ],
    [{ template: { timeout: 300 } }, "Invalid value at 'service.template.timeout' (TYPE_STRING), 300"],
    [
      { template: { timeout: "5m" } },
      `Invalid value at 'service.template.timeout' (type.googleapis.com/google.protobuf.Duration), "5m"`,
    ],
    [{ template: [] }, "Invalid value at 'service.template' (TYPE_MESSAGE), []"],
  ])("refuses and records the body %j", async (body, problem) => {
    const answer = await project.call("PATCH", `${shop}?allowMissing=true`, body);

    expect(answer.status).toBe(400);
    expect(answer.body["error"]).toMatchObject({ status: "INVALID_ARGUMENT", message: problem });
    expect(project.google.violations).toEqual([
      { side: "request", service: "run", action: "services.patch", problem },
    ]);
  });

  it.each([
    ["allow_missing=true", `Unknown name "allow_missing": Cannot bind query parameter.`],
    ["allowMissing=perhaps", `Invalid value at 'allowMissing' (TYPE_BOOL), "perhaps"`],
  ])("refuses the query %s", async (query, problem) => {
    const { body } = await project.call("PATCH", `${shop}?${query}`, { template: { containers } });

    expect(body["error"]).toMatchObject({ code: 400, message: expect.stringContaining(problem) });
  });

  it("records what does not fit in an answer, packed messages included", async () => {
    const answer = await project.call("PATCH", `${shop}?allowMissing=true&alt=json`, {
      template: { containers },
    });

    expect(answer.status).toBe(200);
    const problems = project.google.violations.map(({ side, problem }) => `${side}: ${problem}`);
    expect(problems).toContainEqual(
      `answer: Invalid JSON payload received. Unknown name "uid" at 'metadata': Cannot find field.`,
    );
    expect(problems).not.toContainEqual(expect.stringContaining("generation"));
  });

  it("lets everything pass without documents", async () => {
    await using unchecked = await world({ models: "none" });

    const answer = await unchecked.call("PATCH", `${shop}?allowMissing=true`, {
      colour: 1,
      template: { containers },
    });

    expect(answer.status).toBe(200);
    expect(unchecked.google.violations).toEqual([]);
  });
});
