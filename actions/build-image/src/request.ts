import { statSync } from "node:fs";
import type { ImageRequest, Labels, Login } from "#ship/images";
import { type Run, ShipError } from "#ship/kit";
import type { ImageInputs } from "./inputs.ts";

/** What the domain is asked for. */
export function imageRequest(inputs: ImageInputs, labels: Labels, run: Run): ImageRequest {
  const { environment } = run;
  return {
    images: inputs.images ?? [],
    tags: inputs.tags ?? [],
    sha: environment.github.sha,
    context: environment.path(inputs.context),
    file: inputs.file && environment.path(inputs.file),
    target: inputs.target,
    buildArgs: inputs["build-args"] ?? {},
    labels,
    pull: inputs.pull ? "always" : "missing",
    cache: inputs["no-cache"] ? "ignore" : "use",
    push: inputs.push ? "push" : "local",
    ifExists: inputs["if-exists"],
  };
}

/** Logins given, and those that Amazon ECR gives for its own hosts. */
export async function logins(
  inputs: ImageInputs,
  registries: readonly string[],
  job: { login(registry: string): Promise<Login | undefined> },
  run: Run,
): Promise<readonly Login[]> {
  const { resolveLogins } = await import("#ship/images");
  const { ecrLogins } = await import("#ship/aws");
  const ecr = {
    hosts: inputs.ecr === "true" ? "all" : "auto",
    region: inputs["aws-region"],
    roleToAssume: inputs["role-to-assume"],
  } as const;
  return resolveLogins(registries, {
    ...run,
    given: inputs["registry-auth"] ?? [],
    sources: inputs.ecr === "false" ? [] : [ecrLogins(ecr, run)],
    job: job.login,
    actor: run.environment.github.actor,
  });
}

/** Looks for what is to be built, before anything else is done. @throws ShipError `FILE_UNREADABLE` naming the input */
export function checkSources({ context, file }: ImageRequest): void {
  const isThere = (path: string, what: "isDirectory" | "isFile") =>
    statSync(path, { throwIfNoEntry: false })?.[what]() ?? false;
  if (!isThere(context, "isDirectory"))
    throw new ShipError("FILE_UNREADABLE", `context: there is no folder ${context}.`);
  if (file !== undefined && !isThere(file, "isFile"))
    throw new ShipError("FILE_UNREADABLE", `file: there is no Dockerfile ${file}.`, {
      hint: "Give its path from the workspace, not from the context, and check that actions/checkout ran before this step.",
    });
}

/**
 * The time of the build: reproducible where the caller sets SOURCE_DATE_EPOCH (seconds, reproducible-builds.org).
 * @throws ShipError `INPUT_INVALID`
 */
export function createdAt(run: Run): string {
  const epoch = run.environment.variable("SOURCE_DATE_EPOCH");
  if (epoch !== undefined && !/^\d{1,11}$/.test(epoch)) {
    throw new ShipError(
      "INPUT_INVALID",
      `SOURCE_DATE_EPOCH is "${epoch}"; accepted: whole seconds since 1970.`,
      {
        hint: "Correct the variable under `env:`, or leave it out.",
      },
    );
  }
  return new Date(epoch === undefined ? run.clock.now() : Number(epoch) * 1_000).toISOString();
}
