import { readTaskDefinition, sampleProcesses, sourceImage } from "../world/index.ts";
import type { ReleasePlan } from "./release-plan.ts";

/** Without a container engine: nothing is built, and tasks are processes of the sample's source. */
export function planFromSource({ folder }: { readonly folder: string }): ReleasePlan {
  const oldImage = readTaskDefinition().containerDefinitions[0]?.image ?? "";
  const newImage = sourceImage();
  return {
    tasks: { runtime: sampleProcesses([oldImage, newImage], folder), oldImage },
    story: "no Docker engine answers: tasks are processes of examples/shop-api",
    event: { name: "workflow_dispatch" },
    inputs: { image: newImage },
    builtInActions: {},
    stepEnvironment: {},
    skipped: { image: "no Docker engine" },
  };
}
