import type { ErrorDefinition } from "../errors.ts";
import { canaryErrors } from "./canary.ts";
import { cloudErrors } from "./cloud.ts";
import { deploymentErrors } from "./deployments.ts";
import { imageErrors } from "./images.ts";
import { inputErrors } from "./inputs.ts";
import { migrationErrors } from "./migrations.ts";
import { platformErrors } from "./platform.ts";

const entries = {
  ...inputErrors,
  ...platformErrors,
  ...cloudErrors,
  ...imageErrors,
  ...migrationErrors,
  ...deploymentErrors,
  ...canaryErrors,
};

/** The closed set of codes an action can fail with. */
export type ErrorCode = keyof typeof entries;

/** Every error code with its meaning; docs/errors.md is generated from it. */
export const catalogue: Readonly<Record<ErrorCode, ErrorDefinition>> = entries;
