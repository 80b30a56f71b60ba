import { ecrLogins } from "#ship/aws";
import { googleRegistryLogins } from "#ship/google";
import { type GivenLogin, gitHubLogins, type Login, type LoginSource, resolveLogins } from "#ship/images";
import type { Run } from "#ship/kit";
import type { ImageInputs } from "./inputs.ts";

/** Hosts as image names write them. */
export interface RegistryHosts {
  readonly written: readonly string[];
  /** Where no login may do. */
  readonly read: readonly string[];
}

/** The logins of this step for the given registries: those of the inputs, and those that clouds and GitHub give by themselves. */
export async function imageLogins(
  inputs: ImageInputs,
  { written, read }: RegistryHosts,
  job: (registry: string) => Promise<Login | undefined>,
  run: Run,
): Promise<readonly Login[]> {
  const { actor } = run.environment.github;
  const hosts = [...written, ...read];
  return resolveLogins(hosts, {
    ...run,
    given: givenLogins(inputs, hosts),
    sources: loginSources(inputs, written, run),
    readOnly: read.filter((host) => !written.includes(host)),
    job,
    actor,
  });
}

function givenLogins(inputs: ImageInputs, registries: readonly string[]): readonly GivenLogin[] {
  const { registry = "", username, password, "azure-token": azureToken } = inputs;
  const single = username !== undefined && password !== undefined ? [{ registry, username, password }] : [];
  const listed = inputs["registry-auth"] ?? [];
  const azure = registries.filter(
    (host) => /\.azurecr\.[a-z]+$/.test(host) && listed.every((login) => login.registry !== host),
  );
  return [
    ...listed,
    ...single,
    ...(azureToken === undefined ? [] : azure.map((host) => ({ registry: host, azureToken }))),
  ];
}

/** Who writes nothing does without the clouds: a pull request from a fork has no credentials there. */
function loginSources(inputs: ImageInputs, written: readonly string[], run: Run): readonly LoginSource[] {
  const gitHub = gitHubLogins(run.environment.github.actor, inputs["github-token"]);
  if (written.length === 0) return [gitHub];
  const ecr = {
    hosts: inputs.ecr === "true" ? "all" : "auto",
    region: inputs["aws-region"],
    roleToAssume: inputs["role-to-assume"],
  } as const;
  const google = {
    workloadIdentityProvider: inputs["workload-identity-provider"],
    serviceAccount: inputs["service-account"],
  };
  return [
    googleRegistryLogins(google, run),
    gitHub,
    ...(inputs.ecr === "false" ? [] : [ecrLogins(ecr, run)]),
  ];
}
