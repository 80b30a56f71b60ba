import {
  chooseEngine,
  createDockerConfig,
  createScanner,
  type DockerConfig,
  readJobLogins,
} from "#ship/docker";
import {
  type BuildContext,
  createRegistryClient,
  type ImageOutcome,
  type ImageRequest,
  makeImage,
  parsePromotionSource,
  parseReference,
  type RegistryClient,
  type TagPlan,
  type TagSource,
} from "#ship/images";
import { messageOf, type Run } from "#ship/kit";
import { imageCache } from "./cache.ts";
import { builderState, configState } from "./clean-up.ts";
import type { ImageInputs } from "./inputs.ts";
import { imageLogins, type RegistryHosts } from "./logins.ts";

/** What an image is made from. */
export interface Making {
  readonly inputs: ImageInputs;
  readonly plan: TagPlan;
  readonly source: TagSource;
  readonly request: ImageRequest;
}

/** Makes an image with the engine, registries, scanner and cache of this job. The logins of this step are gone afterwards. */
export async function makeWith(making: Making, run: Run): Promise<ImageOutcome> {
  const { inputs, plan, request } = making;
  const hosts = [...new Set(plan.repositories.map(({ registry }) => registry))];
  const job = await readJobLogins(run.environment, run.exec);
  const logins = await imageLogins(inputs, registryHosts(request, hosts), job.login, run);
  const config = await createDockerConfig(run.environment, logins, job);
  run.saveState(configState, config.directory);
  try {
    return await makeImage(request, await buildContext(making, config, hosts, run));
  } finally {
    await config.remove();
  }
}

function registryHosts(request: ImageRequest, hosts: readonly string[]): RegistryHosts {
  if (request.kind === "promote")
    return { written: hosts, read: [parsePromotionSource(request.from).repository.registry] };
  return request.goal === "registry" ? { written: hosts, read: [] } : { written: [], read: hosts };
}

async function buildContext(
  { inputs, plan, source, request }: Making,
  config: DockerConfig,
  hosts: readonly string[],
  run: Run,
): Promise<BuildContext> {
  const { exec, environment, clock, log, signal } = run;
  const attempts = request.kind === "build" ? { attempts: request.attempts } : {};
  const registry = createRegistryClient({ fetch: run.fetch, clock, login: config.login, log, ...attempts });
  const asked = await Promise.all(hosts.map(async (host) => ((await config.login(host)) ? [host] : [])));
  return {
    engine: () =>
      chooseEngine(
        inputs.engine,
        {
          exec,
          environment,
          config,
          clock,
          log,
          onBuilder: (name) => run.saveState(builderState, name),
        },
        signal,
      ),
    scanner: scannerOf(inputs, config, run),
    cache: imageCache(inputs, { plan, source, loggedIn: asked.flat(), tag: tagger(registry, run) }, run),
    registry,
    clock,
    log,
    signal,
  };
}

function scannerOf(inputs: ImageInputs, { directory }: DockerConfig, run: Run): BuildContext["scanner"] {
  if (inputs.scan === "off") return undefined;
  const words = inputs["scanner-command"];
  return createScanner({
    wish: words === undefined ? { kind: inputs.scanner } : { kind: "command", words },
    checksum: inputs["scanner-checksum"],
    exec: run.exec,
    environment: run.environment,
    variables: { DOCKER_CONFIG: directory },
    clock: run.clock,
    log: run.log,
  });
}

/** Gives what was pushed the tag of an inline cache. A registry that refuses it, as for immutable tags, costs only the cache. */
function tagger(registry: RegistryClient, { log, signal }: Run): Parameters<typeof imageCache>[1]["tag"] {
  return async (repository, digest, reference) => {
    const tag = parseReference(reference)?.tag;
    if (tag === undefined) return;
    try {
      await registry.copy({ repository, reference: digest }, repository, [tag], signal);
    } catch (error) {
      log.notice(`The build cache was not kept as ${reference}: ${messageOf(error)}`);
    }
  };
}
