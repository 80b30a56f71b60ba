import { statSync } from "node:fs";
import { type Environment, type Run, ShipError } from "#ship/kit";
import type { ImageInputs } from "./inputs.ts";

/** A Git repository or an archive, as docker takes it for a context. */
const remote = /^(?:https?:\/\/|git:\/\/|git@|github\.com\/)/;

/** The build context: an absolute path, or an address as it was given. */
export function buildContext({ context }: ImageInputs, { path }: Environment): string {
  return remote.test(context) ? context : path(context);
}

/** Looks for what is to be built, before anything else is done. @throws ShipError `FILE_UNREADABLE` naming the input */
export function checkSources(inputs: ImageInputs, environment: Environment): void {
  if (inputs["promote-from"] !== undefined || remote.test(inputs.context)) return;
  const context = environment.path(inputs.context);
  const file = inputs.file && environment.path(inputs.file);
  if (!isThere(context, "isDirectory"))
    throw new ShipError("FILE_UNREADABLE", `context: there is no folder ${context}.`);
  if (file !== undefined && !isThere(file, "isFile"))
    throw new ShipError("FILE_UNREADABLE", `file: there is no Dockerfile ${file}.`, {
      hint: "Give its path from the workspace, not from the context, and check that actions/checkout ran before this step.",
    });
}

function isThere(path: string, what: "isDirectory" | "isFile"): boolean {
  return statSync(path, { throwIfNoEntry: false })?.[what]() ?? false;
}

/**
 * SOURCE_DATE_EPOCH of the job, seconds since 1970 (reproducible-builds.org); `undefined` where the job sets none.
 * @throws ShipError `INPUT_INVALID`
 */
export function sourceDateEpoch({ environment }: Run): number | undefined {
  const epoch = environment.variable("SOURCE_DATE_EPOCH");
  if (epoch === undefined) return undefined;
  if (/^\d{1,11}$/.test(epoch)) return Number(epoch);
  throw new ShipError(
    "INPUT_INVALID",
    `SOURCE_DATE_EPOCH is "${epoch}"; accepted: whole seconds since 1970.`,
    { hint: "Correct the variable under `env:`, or leave it out." },
  );
}

/** The time of the build: reproducible where the job sets SOURCE_DATE_EPOCH. */
export function buildTime(run: Run): Date {
  const epoch = sourceDateEpoch(run);
  return new Date(epoch === undefined ? run.clock.now() : epoch * 1_000);
}
