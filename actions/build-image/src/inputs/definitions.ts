import {
  allowList,
  annotationLines,
  buildArguments,
  flavorLines,
  imageLines,
  labelLines,
  secretEnvironments,
  secretFiles,
  secretValues,
  sha256Checksum,
  tagLines,
} from "#ship/images";
import {
  bool,
  command,
  containerCommand,
  type Environment,
  InputProblem,
  type InputValues,
  int,
  lines,
  list,
  oneOf,
  optional,
  type Reader,
  required,
  text,
} from "#ship/kit";
import { type ParseYaml, registryAuth } from "./registry-auth.ts";

const secret = { secret: "secret" } as const;
/** Each byte of a label counts, the number of a line in a message, and the blanks of a separator. */
const asWritten = { whitespace: "kept" } as const;
const roleArn = text(/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/, "the ARN of an IAM role");
const provider = text(
  /^projects\/\d+\/locations\/global\/workloadIdentityPools\/[\w-]+\/providers\/[\w-]+$/,
  "projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>",
);
const platform = text(
  /^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9.]+)?$/,
  "a platform such as linux/amd64 or linux/arm/v7",
);
const named = (what: string) => lines(text(/^[^=\s]+=.+$/, `name=${what}`));

/** Every input of build-image. Images, tag rules, flavor, labels and annotations are checked here and read by the tag engine. */
export function imageDefinitions(environment: Environment, parseYaml: ParseYaml) {
  const variable = environment.variable;
  return {
    images: optional(imageLines(), asWritten),
    tags: optional(tagLines(), asWritten),
    flavor: optional(flavorLines(), asWritten),
    labels: optional(labelLines(), asWritten),
    annotations: optional(annotationLines(variable("DOCKER_METADATA_ANNOTATIONS_LEVELS")), asWritten),
    "sep-tags": optional(text(), asWritten),
    "sep-labels": optional(text(), asWritten),
    "sep-annotations": optional(text(), asWritten),
    context: required(text()),
    file: optional(text(), { aliases: ["dockerfile"] }),
    target: optional(text(/^\S+$/, "a stage without blanks")),
    "build-args": optional(buildArguments(variable)),
    "build-contexts": optional(named("path")),
    secrets: optional(secretValues(), secret),
    "secret-envs": optional(secretEnvironments(variable)),
    "secret-files": optional(secretFiles(environment.path)),
    ssh: optional(lines(text(/^[\w.-]+(?:=.+)?$/, "default or id=path"))),
    platforms: optional(list(platform)),
    engine: required(oneOf("auto", "buildx", "docker", "buildah", "podman")),
    builder: optional(text(/^[\w.-]+$/, "the name of a builder")),
    pull: required(bool()),
    "no-cache": required(bool()),
    "no-cache-filters": optional(list(text())),
    cache: required(oneOf("auto", "gha", "registry", "local", "off")),
    call: optional(oneOf("build")),
    "bake-target": optional(text()),
    "cache-from": optional(lines(text())),
    "cache-to": optional(lines(text())),
    "add-hosts": optional(list(text(/^[^:=\s]+[:=]\S+$/, "name:address"))),
    allow: optional(list(text(/^\S+$/, "an entitlement such as network.host"))),
    network: optional(text(/^\S+$/, "a network without blanks")),
    "shm-size": optional(text(/^\d+[bkmg]?$/i, "a size such as 2g")),
    ulimit: optional(list(text(/^[a-z]+=-?\d+(?::-?\d+)?$/, "a limit such as nofile=1024:1024"))),
    "cgroup-parent": optional(text(/^\S+$/, "a control group without blanks")),
    provenance: optional(attestation("mode=max")),
    sbom: optional(attestation("generator=image")),
    attests: optional(lines(text(/^type=\S+$/, "an attestation such as type=sbom"))),
    "plain-manifest": required(bool()),
    outputs: optional(lines(text())),
    push: optional(bool()),
    load: required(bool()),
    "push-retries": required(int({ min: 0, max: 20 })),
    "if-exists": required(oneOf("skip", "fail", "overwrite")),
    "promote-from": optional(text(/^\S+$/, "an image name@digest or name:tag")),
    "test-command": optional(containerCommand()),
    scan: required(oneOf("off", "low", "medium", "high", "critical")),
    "scan-fixable-only": required(bool()),
    "scan-formats": optional(list(oneOf("json", "sarif", "markdown", "table"))),
    "scan-allow": optional(allowList()),
    "scan-allow-file": optional(text()),
    scanner: required(oneOf("auto", "trivy", "grype")),
    "scanner-command": optional(command()),
    "scanner-checksum": optional(sha256Checksum()),
    "registry-auth": optional(registryAuth(parseYaml), secret),
    registry: optional(text(/^[^\s/]+(?:\/v[12]\/?)?$/, "the host of a registry")),
    username: optional(text(/^\S+$/, "a user without blanks")),
    password: optional(text(), secret),
    ecr: required(oneOf("auto", "true", "false")),
    "aws-region": optional(text(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region such as eu-central-1")),
    "role-to-assume": optional(roleArn),
    "workload-identity-provider": optional(provider),
    "service-account": optional(text(/^\S+@\S+$/, "the email of a service account")),
    "azure-token": optional(text(), secret),
    "github-token": optional(text(), secret),
    "dry-run": required(bool()),
  };
}

/** The values of all inputs. */
export type ImageInputs = InputValues<ReturnType<typeof imageDefinitions>>;

/** `true`, `false`, or settings such as `mode=max`, as build-push-action takes them. */
function attestation(example: string): Reader<string> {
  return {
    accepts: `true, false or settings such as ${example}`,
    read(raw) {
      const value = raw.trim();
      if (/^(true|false)$/i.test(value)) return value.toLowerCase();
      if (!/^[a-z-]+=\S+$/.test(value)) throw new InputProblem();
      return value;
    },
  };
}
