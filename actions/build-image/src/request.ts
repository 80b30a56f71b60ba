import { ecrLogin, ecrRegion, openSession } from "#ship/aws";
import type { ImageRequest, Labels, Login } from "#ship/images";
import type { Run } from "#ship/kit";
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
  run: Run,
): Promise<readonly Login[]> {
  const given = inputs["registry-auth"] ?? [];
  const open = registries.filter((registry) => given.every((login) => login.registry !== registry));
  const asked = open.filter(
    (registry) => inputs.ecr === "true" || (inputs.ecr === "auto" && ecrRegion(registry)),
  );
  const fromEcr = await Promise.all(
    asked.map((registry) => {
      const region = inputs["aws-region"] ?? ecrRegion(registry);
      return ecrLogin(registry, openSession({ region, roleToAssume: inputs["role-to-assume"] }, run));
    }),
  );
  for (const { password } of fromEcr) run.redaction.add(password);
  return [...given, ...fromEcr];
}

/** The time of the build: reproducible where the caller sets SOURCE_DATE_EPOCH (seconds, reproducible-builds.org). */
export function createdAt(run: Run): string {
  const epoch = run.environment.variable("SOURCE_DATE_EPOCH");
  return new Date(epoch === undefined ? run.clock.now() : Number(epoch) * 1_000).toISOString();
}
