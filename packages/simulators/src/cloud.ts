import { systemClock } from "#ship/kit";
import type { SimulatedAwsOptions } from "./aws-options.ts";
import { type CloudWatch, createCloudWatch, createLoadBalancerTelemetry } from "./cloudwatch/index.ts";
import { type CodeDeploy, createCodeDeploy } from "./codedeploy/index.ts";
import { type EcrSimulator, startEcr } from "./ecr/index.ts";
import { createEcs, type EcsSimulator } from "./ecs/index.ts";
import { createElbv2, type Elbv2 } from "./elbv2/index.ts";
import { createFaultScript, createRequestRates, type FaultScript } from "./faults/index.ts";
import { type CallLog, createCallLog } from "./front/call-log.ts";
import { startFront } from "./front/front.ts";
import { createLogs, type Logs } from "./logs/index.ts";
import { findModels, openModels } from "./models/service-model.ts";
import { createValidation, type Violation } from "./models/validation.ts";
import { type OidcIssuer, startOidcIssuer } from "./oidc/index.ts";
import { scriptedRuntime } from "./runtime/scripted.ts";
import { createScheduler, type Scheduler } from "./scheduler/index.ts";
import { isScripted, scriptedProbe } from "./scripted-probe.ts";
import type { JsonObject, SimulatedService } from "./service.ts";
import { createSessions, createSts, type StsSimulator } from "./sts/index.ts";
import { createWorldEvents, type WorldEvents } from "./world-events.ts";

/** A simulated AWS account, answering on loopback. The fields give tests direct access to each service's state. */
export interface SimulatedAws extends AsyncDisposable {
  /** The one endpoint of all services. */
  readonly url: string;
  readonly region: string;
  readonly accountId: string;
  readonly calls: CallLog;
  readonly faults: FaultScript;
  /** Deployments, stopped tasks and weights as they change, whoever changed them. */
  readonly events: WorldEvents;
  /** Requests and answers that did not fit the official models, and handlers that broke. */
  readonly violations: readonly Violation[];
  readonly oidc: OidcIssuer;
  readonly sts: StsSimulator;
  readonly ecr: EcrSimulator;
  readonly ecs: EcsSimulator;
  readonly elbv2: Elbv2;
  readonly cloudwatch: CloudWatch;
  readonly logs: Logs;
  readonly scheduler: Scheduler;
  readonly codedeploy: CodeDeploy;
  /**
   * Carries out an action without going over the wire: no faults, no log, no validation. Answers may hold `Date`s.
   * Rejects with the service's `ServiceFault`, or an error when there is no such action.
   */
  call(service: string, action: string, input: JsonObject): Promise<JsonObject>;
  /** Environment variables that point any AWS client here, with long-lived keys. */
  environment(): Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts a simulated AWS account: one HTTP server for all services, a registry and an identity token issuer. */
export async function startSimulatedAws(options: SimulatedAwsOptions = {}): Promise<SimulatedAws> {
  const clock = options.clock ?? systemClock;
  const region = options.region ?? "eu-central-1";
  const accountId = options.accountId ?? "123456789012";
  const calls = createCallLog();
  const events = createWorldEvents();
  const faults = createFaultScript(options.faults, options.faultSeed);
  const validation = createValidation(
    openModels(options.models === "none" ? undefined : (options.models ?? findModels())),
  );

  await using starting = new AsyncDisposableStack();
  const oidc = await startOidcIssuer({ clock, ...(options.job ? { job: options.job } : {}) });
  starting.defer(oidc.close);
  const sessions = createSessions({ clock, accountId, unknownKeys: options.unknownKeys ?? "accept" });
  const sts = createSts({ clock, accountId, issuers: [oidc], sessions });
  for (const role of options.roles ?? []) sts.putRole(role);
  const ecr = await startEcr({
    clock,
    accountId,
    region,
    ...(options.blobs ? { blobs: options.blobs } : {}),
  });
  starting.defer(ecr.close);
  for (const name of options.repositories ?? []) ecr.createRepository(name);

  const runtime = options.runtime ?? scriptedRuntime(clock);
  const telemetry = createLoadBalancerTelemetry();
  const elbv2 = createElbv2({
    clock,
    region,
    accountId,
    onRequest: telemetry.onRequest,
    onHostCounts: telemetry.onHostCounts,
    onWeights: ({ ruleArn, listenerArn, weights }) =>
      events.tell({ kind: "weights changed", ruleArn, listenerArn, weights }),
    ...(isScripted(runtime) ? { probe: scriptedProbe(runtime) } : {}),
    ...options.elbv2,
  });
  starting.defer(elbv2.close);
  const cloudwatch = createCloudWatch({ clock, region, accountId, telemetry, ...options.cloudwatch });
  const logs = createLogs({ clock, region, accountId, ...options.logs });
  const ecs = createEcs({
    clock,
    region,
    accountId,
    loadBalancing: elbv2,
    alarms: cloudwatch,
    logs,
    runtime,
    onEvent: events.tell,
    ...options.ecs,
  });
  starting.defer(ecs.close);
  const codedeploy = createCodeDeploy({
    clock,
    taskSets: ecs.taskSets,
    routes: elbv2,
    alarms: cloudwatch,
    onEvent: events.tell,
    ...(options.ecs?.speed === undefined ? {} : { speed: options.ecs.speed }),
    ...options.codedeploy,
  });
  starting.defer(codedeploy.close);

  const call: SimulatedAws["call"] = async (name, action, input) => {
    const handler = services.find((service) => service.name === name)?.handlers[action];
    if (!handler) throw new Error(`The simulated AWS has no ${name}:${action}.`);
    return handler(input, { service: name, action, input, region });
  };
  const scheduler = createScheduler({ clock, region, accountId, invoke: call });
  starting.defer(scheduler.close);

  const services: readonly SimulatedService[] = [
    sts,
    ecr,
    ecr.gallery,
    ecs,
    elbv2,
    cloudwatch,
    logs,
    scheduler,
    codedeploy,
  ];
  const front = await startFront({
    services,
    clock,
    identities: sessions,
    faults,
    rates: createRequestRates(options.requestRates ?? [], clock),
    calls,
    validation,
    ...(options.port === undefined ? {} : { port: options.port }),
  });
  starting.defer(front.close);
  const running = starting.move();
  const close = () => running.disposeAsync();

  return {
    url: front.url,
    region,
    accountId,
    calls,
    faults,
    events,
    violations: validation.violations,
    oidc,
    sts,
    ecr,
    ecs,
    elbv2,
    cloudwatch,
    logs,
    scheduler,
    codedeploy,
    call,
    environment: () => ({
      AWS_ENDPOINT_URL: front.url,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: "AKIASIMULATED0000001",
      AWS_SECRET_ACCESS_KEY: "simulated-secret-access-key",
    }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
