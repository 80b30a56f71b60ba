import { type ActionOutcome, type Run, runPipeline, ShipError, type Step } from "#ship/kit";
import type { AwsSession } from "../../session.ts";
import { createCaller } from "../api/caller.ts";
import { createBalancerReader } from "../api/target-health.ts";
import { taskProblems } from "../run-task/check.ts";
import type { OneOffTask } from "../run-task/step.ts";
import type { Journal } from "./journal.ts";
import { outcomeOf } from "./outcome.ts";
import type { DeployRequest, DeployTarget } from "./request.ts";
import { createSafeguard } from "./safeguard.ts";
import { readServiceDocument } from "./service-document.ts";
import { readPair, readSingle, type Situation, type Vacancy } from "./situation.ts";
import { answerStep } from "./steps/answer.ts";
import { cleanUpStep } from "./steps/clean-up.ts";
import { type Creation, createStep } from "./steps/create.ts";
import { takeMarkAway } from "./steps/mark.ts";
import { oneOffTask } from "./steps/one-off-task.ts";
import { registerStep } from "./steps/register.ts";
import type { Scene } from "./steps/scene.ts";
import { shortestWayBack, updateStep } from "./steps/update.ts";
import { waitStep } from "./steps/wait.ts";
import { wishProblems } from "./wishes.ts";

/**
 * Deploys a task definition: registers it when it changed, updates the service with exactly what was asked for, waits for
 * our deployment, and goes back when it fails or the run is cancelled.
 */
export async function deploy(session: AwsSession, request: DeployRequest, run: Run): Promise<ActionOutcome> {
  checkDocuments(request);
  const caller = createCaller(session);
  const balancers = createBalancerReader(session);
  const journal: Journal = {
    restored: false,
    superseded: false,
    returning: false,
    left: false,
    idle: false,
  };
  const safeguard = createSafeguard(caller, balancers, run, request.rollback);
  const scene: Scene = { caller, balancers, run, request, journal, safeguard };
  const task = request.task && oneOffTask(scene, request.task);

  const course = await courseOf(scene, task);
  const report = await runPipeline(course.steps, {
    mode: request.mode,
    clock: run.clock,
    log: run.log,
    signal: run.signal,
    undoMilliseconds: Math.max(request.waiting.timeout, shortestWayBack) + 60_000,
  });
  if (!report.failure) {
    course.close();
    task?.close();
  }
  await takeMarkAway(scene, report);
  return outcomeOf(request, journal, report, session.region);
}

/** Everything is checked against the API's own model before anything is called. @throws ShipError `INPUT_INVALID` with all of it */
function checkDocuments({ target, task }: DeployRequest): void {
  const problems = [
    ...(target.kind === "none" ? [] : wishProblems(target)),
    ...(task ? taskProblems(task) : []),
  ];
  if (problems.length === 0) return;
  const count = problems.length === 1 ? "An input needs" : `${problems.length} inputs need`;
  throw new ShipError("INPUT_INVALID", `${count} a change: ${problems.join("; ")}`, { details: problems });
}

/** The steps of a deployment, and how to say that nothing is left to go back from. */
interface Course {
  readonly steps: readonly Step[];
  close(): void;
}

async function courseOf(scene: Scene, task: OneOffTask | undefined): Promise<Course> {
  const { close } = scene.safeguard;
  const { target, healthCheck, keepRevisions, waitUntil } = scene.request;
  const before = task ? [task.step] : [];
  if (target.kind === "none")
    return { steps: [registerStep(scene, async () => undefined), ...before], close };
  const read = () => readSituation(scene, target);
  const look = once(read);
  const afterwards = [
    ...(healthCheck === undefined ? [] : [answerStep(scene, healthCheck)]),
    ...(keepRevisions === undefined || waitUntil.kind === "none" ? [] : [cleanUpStep(scene, keepRevisions)]),
  ];
  const creation = await creationOf(scene, target, look);
  const register = registerStep(scene, look);
  if (creation?.controller === "CODE_DEPLOY" && target.kind === "service") {
    const { firstTasksStep } = await import("../../codedeploy/steps/first-tasks.ts");
    const create = createStep(scene, creation, target);
    return { steps: [register, ...before, create, firstTasksStep(scene), ...afterwards], close };
  }
  if (!creation && target.kind === "service" && (await isForCodeDeploy(scene, look))) {
    const { codeDeploySteps } = await import("../../codedeploy/pipeline.ts");
    const { before: first, after, close: closeDeployer } = codeDeploySteps(scene, target);
    return { steps: [...first, register, ...before, ...after, ...afterwards], close: closeDeployer };
  }
  warnOfUnused(scene, target);
  const change = creation
    ? createStep(scene, creation, target)
    : updateStep(
        scene,
        async () => occupied(await look()),
        async () => occupied(await read()),
        target,
      );
  return { steps: [register, ...before, change, waitStep(scene), ...afterwards], close };
}

/** Inputs of CodeDeploy are for the services that it deploys; a workflow for many services may give them all the same. */
function warnOfUnused({ request, run }: Scene, target: DeployTarget): void {
  const { settings = {} } = request.codeDeploy ?? {};
  if (target.kind !== "service" || Object.values(settings).every((value) => value === undefined)) return;
  run.log.warning(
    `The \`codedeploy-…\` inputs have no effect, because Amazon ECS itself deploys ${target.address.service}.`,
  );
}

/** True for a service that CodeDeploy deploys, and where that was asked for: then it is CodeDeploy's part to refuse. */
async function isForCodeDeploy(
  { request }: Scene,
  look: () => Promise<Situation | Vacancy>,
): Promise<boolean> {
  if (request.codeDeploy?.isDemanded) return true;
  // A service that cannot be read is a step's problem to report.
  const found = await look().catch(() => undefined);
  return found !== undefined && "service" in found && found.service.controller === "CODE_DEPLOY";
}

/** The creation of a service that is not there, where a document says how; the document is checked in any case. */
async function creationOf(
  { run, request }: Scene,
  target: DeployTarget,
  look: () => Promise<Situation | Vacancy>,
): Promise<Creation | undefined> {
  if (target.kind !== "service" || target.createFrom === undefined) return undefined;
  const document = await readServiceDocument(target.createFrom, target.address.service, run.environment);
  // A service that cannot be read is the next step's problem to report.
  const found = await look().catch(() => undefined);
  if (found === undefined || !("vacant" in found)) return undefined;
  if (found.vacant.absent !== "DRAINING") {
    const { checkController, controllerIn } = await import("../../codedeploy/steps/first-tasks.ts");
    checkController(document, target, request.codeDeploy?.isDemanded ?? false);
    return { ...found, document, controller: controllerIn(document) };
  }
  throw new ShipError(
    "INPUT_INVALID",
    `The service ${target.address.service} is still being deleted (DRAINING), so it cannot be created yet.`,
    { hint: "Run again when its last tasks have stopped." },
  );
}

async function readSituation(
  { caller, balancers }: Scene,
  target: Exclude<DeployTarget, { kind: "none" }>,
): Promise<Situation | Vacancy> {
  return target.kind === "paired" ? readPair(caller, balancers, target) : readSingle(caller, target.address);
}

function occupied(found: Situation | Vacancy): Situation {
  if ("vacant" in found) throw found.vacant.error;
  return found;
}

/** Two steps need the same reading; it is made once. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read();
    return reading;
  };
}
