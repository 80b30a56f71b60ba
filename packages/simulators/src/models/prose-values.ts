import type { Mismatch } from "./mismatch.ts";

/**
 * Values of answers that an official model's own prose names and its enumeration lacks, by service and path.
 * ServiceDeployment.lifecycleStage: "PRE_PRODUCTION_TRAFFIC_SHIFT: Occurs before production traffic shift." (ECS model)
 */
const proseValues: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>> = {
  ecs: { "serviceDeployments[].lifecycleStage": ["PRE_PRODUCTION_TRAFFIC_SHIFT"] },
};

/** True for a value that the model describes without listing it. */
export function isNamedInProse(service: string, { kind, path, value }: Mismatch): boolean {
  const anywhere = path.replaceAll(/\[\d+\]/g, "[]");
  return kind === "constraint" && (proseValues[service]?.[anywhere]?.includes(value) ?? false);
}
