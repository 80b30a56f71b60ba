import { repeatedSecrets } from "#ship/images";
import { type ReportProblem, type Run, readInputs } from "#ship/kit";
import { type ImageInputs, imageDefinitions } from "./inputs/definitions.ts";
import { yamlParser } from "./inputs/registry-auth.ts";

export type { ImageInputs } from "./inputs/definitions.ts";

/** Reads and checks the inputs, and masks every secret among them. @throws ShipError `INPUT_INVALID` */
export async function readImageInputs({ environment, redaction }: Run): Promise<ImageInputs> {
  const definitions = imageDefinitions(environment, await yamlParser(environment));
  const inputs = readInputs(environment, redaction, definitions, check);
  for (const { value } of givenSecrets(inputs)) redaction.add(value);
  return inputs;
}

/** The build secrets of all three inputs. */
export function givenSecrets(inputs: ImageInputs) {
  return [...(inputs.secrets ?? []), ...(inputs["secret-envs"] ?? []), ...(inputs["secret-files"] ?? [])];
}

function check(inputs: ImageInputs, problem: ReportProblem): void {
  const repeated = repeatedSecrets(
    inputs.secrets ?? [],
    inputs["secret-envs"] ?? [],
    inputs["secret-files"] ?? [],
  );
  for (const id of repeated) problem("secrets", `the id ${id} is given in more than one input`);
  checkNames(inputs, problem);
  checkGoal(inputs, problem);
  checkScan(inputs, problem);
  checkLogins(inputs, problem);
}

function checkNames(inputs: ImageInputs, problem: ReportProblem): void {
  if (isBlank(inputs.images) && isBlank(inputs.tags))
    problem("images", "name at least one image, here or as a full reference in tags");
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === "";
}

function checkGoal(inputs: ImageInputs, problem: ReportProblem): void {
  const { push, outputs, "promote-from": from } = inputs;
  if (push && outputs !== undefined)
    problem("outputs", "an export is no image to push; leave `push` away, or take a second step");
  if (outputs !== undefined && (inputs["test-command"] !== undefined || inputs.scan !== "off"))
    problem("outputs", "an export cannot be tested or scanned as an image");
  if (from !== undefined) {
    if (push === false || outputs !== undefined)
      problem("promote-from", "it gives tags in a registry, so `push: false` and `outputs` contradict it");
    for (const name of ["test-command", "platforms", "target", "build-args"] as const)
      if (inputs[name] !== undefined) problem(name, "with `promote-from` nothing is built");
    if (inputs.scan !== "off") problem("scan", "with `promote-from` nothing is built; scan where it is");
  }
  if (inputs["plain-manifest"]) {
    if ((inputs.platforms?.length ?? 0) > 1)
      problem("plain-manifest", "several platforms need an index; name one platform");
    for (const name of ["provenance", "sbom"] as const)
      if (inputs[name] !== undefined && inputs[name] !== "false")
        problem("plain-manifest", `an attestation needs an index; leave \`${name}\` away`);
    if (inputs.attests !== undefined)
      problem("plain-manifest", "an attestation needs an index; leave `attests` away");
  }
}

function checkScan(inputs: ImageInputs, problem: ReportProblem): void {
  if (inputs["scanner-command"] !== undefined && inputs.scanner !== "auto")
    problem("scanner-command", `it contradicts \`scanner: ${inputs.scanner}\`; give one of them`);
  if (inputs.scan !== "off") return;
  for (const name of ["scan-allow", "scan-allow-file", "scanner-command", "scanner-checksum"] as const)
    if (inputs[name] !== undefined)
      problem(name, "it does nothing while `scan` is off; set `scan` to a severity");
}

function checkLogins(inputs: ImageInputs, problem: ReportProblem): void {
  const { username, password, registry } = inputs;
  if ((username === undefined) !== (password === undefined))
    problem(
      username === undefined ? "username" : "password",
      "username and password go together, and one is empty",
    );
  if (registry !== undefined && username === undefined && password === undefined)
    problem("registry", "it needs username and password");
  if (inputs["service-account"] !== undefined && inputs["workload-identity-provider"] === undefined)
    problem("service-account", "it needs `workload-identity-provider`");
}
