import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Variables } from "../scenario/index.ts";
import { places } from "./places.ts";

/** The release that serves at the start: the sample app as its task definition names it. */
export const oldVersion = "1.0.0";

const document = z.looseObject({
  family: z.string(),
  containerDefinitions: z
    .array(
      z.looseObject({
        name: z.string(),
        image: z.string(),
        environment: z.array(z.object({ name: z.string(), value: z.string() })),
      }),
    )
    .min(1),
});

/** The sample's task definition, as RegisterTaskDefinition takes it. */
export type TaskDefinitionDocument = z.output<typeof document>;

/** What a release's container has that the sample's task definition does not say. */
export interface ContainerChange {
  readonly image: string;
  /** Variables besides those of the task definition. */
  readonly environment: Variables;
}

/** Reads the sample's task definition, with the change if there is one. */
export function readTaskDefinition(change?: ContainerChange): TaskDefinitionDocument {
  const read = document.parse(JSON.parse(readFileSync(join(places.sample, "task-definition.json"), "utf8")));
  if (change === undefined) return read;
  const added = Object.entries(change.environment).map(([name, value]) => ({ name, value }));
  return {
    ...read,
    containerDefinitions: read.containerDefinitions.map((container) => ({
      ...container,
      image: change.image,
      environment: [...container.environment, ...added],
    })),
  };
}

/**
 * The reference of an image of the sample's source in the account's registry, for machines where no image can be built:
 * its digest is that of the source, so another source is another image.
 */
export function sourceImage(): string {
  const digest = createHash("sha256");
  for (const file of readdirSync(places.sample, { recursive: true, withFileTypes: true })) {
    if (!file.isFile() || file.parentPath.includes("node_modules")) continue;
    digest.update(file.name).update(readFileSync(join(file.parentPath, file.name)));
  }
  const [container] = readTaskDefinition().containerDefinitions;
  const [repository = "shop-api"] = (container?.image ?? "").split(/:(?=[^/]*$)/);
  return `${repository}@sha256:${digest.digest("hex")}`;
}
