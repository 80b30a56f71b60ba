import {
  type BuildRequest,
  type ImageRequest,
  readAllowFile,
  type ScanRequest,
  type TagPlan,
} from "#ship/images";
import type { Run } from "#ship/kit";
import { givenSecrets, type ImageInputs } from "./inputs.ts";
import { buildContext, sourceDateEpoch } from "./sources.ts";

/** What the domain is asked for. @throws ShipError of the file in `scan-allow-file` */
export async function imageRequest(inputs: ImageInputs, plan: TagPlan, run: Run): Promise<ImageRequest> {
  const { images } = plan;
  const from = inputs["promote-from"];
  const ifExists = inputs["if-exists"];
  if (from !== undefined) return { kind: "promote", images, from, ifExists };
  const scan = await scanRequest(inputs, run);
  const goal = goalOf(inputs);
  return {
    kind: "build",
    images,
    plan: buildPlan(inputs, plan, goal, run),
    goal,
    ifExists,
    attempts: inputs["push-retries"] + 1,
    test: inputs["test-command"],
    scan,
  };
}

/** Where the image is to end up. An explicit `push` decides; otherwise an export or a load is wanted for itself. */
export function goalOf({ push, load, outputs }: ImageInputs): BuildRequest["goal"] {
  if (outputs !== undefined) return "export";
  return (push ?? !load) ? "registry" : "store";
}

function buildPlan(
  inputs: ImageInputs,
  { labels, annotations }: TagPlan,
  goal: BuildRequest["goal"],
  run: Run,
): BuildRequest["plan"] {
  const isUsedHere = inputs["test-command"] !== undefined || inputs.scan !== "off" || inputs.load;
  return {
    context: buildContext(inputs, run.environment),
    file: inputs.file && run.environment.path(inputs.file),
    target: inputs.target,
    buildArgs: inputs["build-args"] ?? {},
    labels,
    annotations,
    pull: inputs.pull ? "always" : "missing",
    cache: inputs["no-cache"] ? "ignore" : "use",
    noCacheFilters: inputs["no-cache-filters"] ?? [],
    platforms: inputs.platforms ?? [],
    secrets: givenSecrets(inputs).map(({ secret }) => secret),
    ssh: inputs.ssh ?? [],
    buildContexts: inputs["build-contexts"] ?? [],
    addHosts: inputs["add-hosts"] ?? [],
    allow: inputs.allow ?? [],
    network: inputs.network,
    shmSize: inputs["shm-size"],
    ulimits: inputs.ulimit ?? [],
    cgroupParent: inputs["cgroup-parent"],
    provenance: inputs.provenance,
    sbom: inputs.sbom,
    attests: inputs.attests ?? [],
    manifest: wantsAttestation(inputs) ? "default" : "plain",
    outputs: inputs.outputs ?? [],
    sourceDateEpoch: sourceDateEpoch(run),
    builder: inputs.builder,
    keep: goal === "store" || isUsedHere ? "store" : "cache",
  };
}

/** BuildKit adds provenance unasked, which makes an index of a single image; here it is only added when asked for. */
function wantsAttestation({ provenance, sbom, attests }: ImageInputs): boolean {
  return [provenance, sbom].some((wish) => wish !== undefined && wish !== "false") || attests !== undefined;
}

async function scanRequest(inputs: ImageInputs, { environment }: Run): Promise<ScanRequest | undefined> {
  if (inputs.scan === "off") return undefined;
  const file = inputs["scan-allow-file"];
  const fromFile = file === undefined ? [] : await readAllowFile(environment.path(file), file);
  return {
    policy: {
      threshold: inputs.scan,
      counts: inputs["scan-fixable-only"] ? "fixable" : "all",
      allowed: [...(inputs["scan-allow"] ?? []), ...fromFile],
    },
    formats: inputs["scan-formats"] ?? [],
    temporary: environment.temporary,
  };
}
