import { createActionsCache } from "#ship/github";
import {
  type BuildCache,
  type CachePlan,
  cachePlan,
  createLocalCache,
  type Repository,
  type TagPlan,
  type TagSource,
} from "#ship/images";
import type { Run } from "#ship/kit";
import type { ImageInputs } from "./inputs.ts";

/** What decides about the cache besides the inputs. */
export interface CacheOptions {
  readonly plan: TagPlan;
  readonly source: TagSource;
  /** Hosts of registries this step is logged in to. */
  readonly loggedIn: readonly string[];
  /** Gives an image that was pushed one more tag. */
  tag(repository: Repository, digest: string, reference: string): Promise<void>;
}

/** The build cache that the inputs ask for. */
export function imageCache(inputs: ImageInputs, options: CacheOptions, run: Run): BuildCache {
  const { environment, log, signal } = run;
  const { facts } = options.source;
  let chosen: CachePlan | undefined;
  let local: ReturnType<typeof createLocalCache> | undefined;
  return {
    async open(engine) {
      const [first] = options.plan.repositories;
      const isOffered = ["ACTIONS_RESULTS_URL", "ACTIONS_RUNTIME_TOKEN"].every(environment.variable);
      const { defaultBranch } = await options.source.repository(signal);
      chosen = cachePlan({
        mode: inputs.cache,
        rawFrom: inputs["cache-from"] ?? [],
        rawTo: inputs["cache-to"] ?? [],
        exports: await engine.cacheExports(signal),
        image: first,
        loggedIn: options.loggedIn,
        build: {
          platforms: inputs.platforms ?? [],
          target: inputs.target,
          file: inputs.file,
          context: inputs.context,
        },
        run: {
          event: facts.event,
          ref: facts.ref,
          defaultBranch,
          serviceMode: environment.variable("ACTIONS_CACHE_MODE"),
        },
        sha: facts.sha,
        service: isOffered ? "offered" : "absent",
        temporary: environment.temporary,
      });
      for (const note of chosen.notes) log.info(note);
      if (chosen.local === undefined) return chosen;
      local = createLocalCache(chosen.local, createActionsCache(), log);
      const kept = await local.restore();
      return { from: [...kept.from, ...chosen.from], to: [...kept.to, ...chosen.to] };
    },
    async keep() {
      await local?.save();
    },
    async published(digests) {
      const [first] = options.plan.repositories;
      const reference = chosen?.inlineReference;
      if (first === undefined || reference === undefined) return;
      const digest = digests.get(first.name);
      if (digest !== undefined) await options.tag(first, digest, reference);
    },
    async close() {
      await local?.remove();
    },
  };
}
