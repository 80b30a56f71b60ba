import { type ActionOutcome, type Run, runPipeline, type Step } from "#ship/kit";
import type { AwsSession } from "../../session.ts";
import { createCaller } from "../api/caller.ts";
import { createBalancerReader } from "../api/target-health.ts";
import type { OneOffTask } from "../run-task/step.ts";
import type { Journal } from "./journal.ts";
import { outcomeOf } from "./outcome.ts";
import type { DeployRequest } from "./request.ts";
import { createSafeguard } from "./safeguard.ts";
import { readPair, readSingle, type Situation } from "./situation.ts";
import { answerStep } from "./steps/answer.ts";
import { oneOffTask } from "./steps/one-off-task.ts";
import { registerStep } from "./steps/register.ts";
import type { Scene } from "./steps/scene.ts";
import { shortestWayBack, updateStep } from "./steps/update.ts";
import { waitStep } from "./steps/wait.ts";

/**
 * Deploys a task definition: registers it when it changed, updates the service with exactly what was asked for, waits for
 * our deployment, and goes back when it fails or the run is cancelled.
 */
export async function deploy(session: AwsSession, request: DeployRequest, run: Run): Promise<ActionOutcome> {
  const caller = createCaller(session);
  const balancers = createBalancerReader(session);
  const journal: Journal = { restored: false, superseded: false, idle: false };
  const safeguard = createSafeguard(caller, balancers, run, request.rollback);
  const scene: Scene = { caller, balancers, run, request, journal, safeguard };
  const task = request.task && oneOffTask(scene, request.task);

  const report = await runPipeline(stepsOf(scene, task), {
    mode: request.mode,
    clock: run.clock,
    log: run.log,
    signal: run.signal,
    undoMilliseconds: Math.max(request.waiting.timeout, shortestWayBack) + 60_000,
  });
  if (!report.failure) {
    safeguard.close();
    task?.close();
  }
  return outcomeOf(request, journal, report, session.region);
}

function stepsOf(scene: Scene, task: OneOffTask | undefined): Step[] {
  const { target, healthCheckUrl } = scene.request;
  const before = task ? [task.step] : [];
  if (target.kind === "none") return [registerStep(scene, async () => undefined), ...before];
  const situation = once(() => readSituation(scene));
  return [
    registerStep(scene, situation),
    ...before,
    updateStep(scene, situation, target),
    waitStep(scene),
    ...(healthCheckUrl === undefined ? [] : [answerStep(scene, healthCheckUrl)]),
  ];
}

async function readSituation({ caller, balancers, request }: Scene): Promise<Situation> {
  const { target } = request;
  if (target.kind === "paired") return readPair(caller, balancers, target);
  if (target.kind === "service") return readSingle(caller, target.address);
  throw new Error("There is no service to read: only a registration was asked for.");
}

/** Two steps need the same reading; it is made once. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read();
    return reading;
  };
}
