import { isShipError, messageOf, type RetryPolicy, type Run } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import { lookUpServices, type ServiceAddress } from "../api/services.ts";
import { removeTags, setTags } from "../api/tags.ts";
import { sentences } from "../reasons/sentence.ts";

/** Whose work something is, and until when at the latest. */
export interface Work {
  /** Id of the workflow run; `local` outside a runner. */
  readonly run: string;
  readonly attempt: string;
  /** When the run gives up at the latest, milliseconds since the epoch. */
  readonly deadline: number;
}

/**
 * What a run writes on a service while its deployment is open, so that any later run can see who left it when it died.
 * A run that ends takes it away again.
 */
export interface Mark extends Work {
  /** `owner/name`; empty outside a runner. */
  readonly repository: string;
  /** `family:revision` that it deploys. */
  readonly revision: string;
}

/** A service that a run has written its mark on. */
export interface MarkedService {
  readonly address: ServiceAddress;
  readonly arn: string;
}

const keys = {
  run: "ship:run",
  attempt: "ship:attempt",
  repository: "ship:repository",
  revision: "ship:revision",
  deadline: "ship:deadline",
} as const;

/** A mark helps the next run; it must not hold up this one. */
const policy: RetryPolicy = {
  attempts: 4,
  baseMilliseconds: 200,
  capMilliseconds: 2_000,
  budgetMilliseconds: 10_000,
};

/** The mark that this run would leave. `deadline` is milliseconds since the epoch. */
export function markOf({ environment }: Run, taskDefinition: string, deadline: number): Mark {
  const { runId, runAttempt, repository } = environment.github;
  return {
    run: runId || "local",
    attempt: runAttempt,
    repository,
    revision: taskDefinition.split("/").at(-1) ?? taskDefinition,
    deadline,
  };
}

/** Reads the mark among a service's tags; `undefined` when there is none that can be understood. */
export function readMark(tags: ReadonlyMap<string, string>): Mark | undefined {
  const run = tags.get(keys.run);
  const revision = tags.get(keys.revision);
  if (!run || !revision) return undefined;
  return {
    run,
    revision,
    attempt: tags.get(keys.attempt) ?? "1",
    repository: tags.get(keys.repository) ?? "",
    deadline: Date.parse(tags.get(keys.deadline) ?? "") || 0,
  };
}

/** Writes the mark on a service, over the one of an earlier run. Where that is refused the deployment goes on, and it is said. */
export async function setMark(caller: Caller, serviceArn: string, mark: Mark): Promise<void> {
  const tags = {
    [keys.run]: mark.run,
    [keys.attempt]: mark.attempt,
    ...(mark.repository !== "" && { [keys.repository]: mark.repository }),
    [keys.revision]: mark.revision,
    [keys.deadline]: new Date(mark.deadline).toISOString(),
  };
  await unlessRefused(
    caller,
    "This run leaves no mark on the service, so the next one would not recognise its deployment if it died",
    () => setTags(withPolicy(caller), serviceArn, tags),
  );
}

/** Takes the mark away. */
export async function removeMark(caller: Caller, serviceArn: string): Promise<void> {
  await unlessRefused(caller, "What mark this run may have left stays on the service", () =>
    removeTags(withPolicy(caller), serviceArn, Object.values(keys)),
  );
}

/** Takes the mark away if it is this run's: by now another one may have left its own there. */
export async function removeOwnMark(
  caller: Caller,
  { address, arn }: MarkedService,
  run: Run,
): Promise<void> {
  await unlessRefused(caller, "The mark of this run stays on the service", async () => {
    const { cluster, service } = address;
    const [found] = await lookUpServices(withPolicy(caller), cluster, [service], ["TAGS"]);
    const mark = found && "tags" in found ? readMark(found.tags) : undefined;
    if (mark && stateOf(mark, run) === "this") await removeMark(caller, arn);
  });
}

/** Takes away what a run has left that died after all was done: it means nothing any more. */
export async function forgetMark(
  caller: Caller,
  { arn, tags }: { readonly arn: string; readonly tags: ReadonlyMap<string, string> },
): Promise<void> {
  if (tags.has(keys.run)) await removeMark(caller, arn);
}

function withPolicy(caller: Caller): Caller {
  return { ...caller, options: { ...caller.options, policy } };
}

async function unlessRefused(caller: Caller, consequence: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isShipError(error) || error.kind === "cancelled") throw error;
    caller.session.log.warning(sentences(consequence, messageOf(error)));
  }
}

/** What is known of the run behind a mark. */
export type MarkedRun = "this" | "dead" | "unknown";

/** An earlier attempt of the same run has ended, whatever became of it, and so has one whose deadline has passed. */
export function stateOf(work: Work, { environment, clock }: Run): MarkedRun {
  const { runId, runAttempt } = environment.github;
  if (work.run === (runId || "local") && work.attempt === runAttempt) return "this";
  const isEarlierAttempt = work.run === runId && Number(work.attempt) < Number(runAttempt);
  return isEarlierAttempt || work.deadline < clock.now() ? "dead" : "unknown";
}

/** A run as people find it. */
export function nameOfRun({
  run,
  attempt,
  repository = "",
}: Work & { readonly repository?: string }): string {
  const where = repository === "" ? "" : ` of ${repository}`;
  return `run ${run}${attempt === "1" ? "" : `, attempt ${attempt},`}${where}`;
}
