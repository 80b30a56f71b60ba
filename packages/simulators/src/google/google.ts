import { systemClock } from "#ship/kit";
import { type CallLog, createCallLog } from "../front/call-log.ts";
import { findModels } from "../models/service-model.ts";
import type { Violation } from "../models/validation.ts";
import { type OidcIssuer, startOidcIssuer } from "../oidc/index.ts";
import { scriptedRuntime } from "../runtime/scripted.ts";
import { createIamCredentials } from "./auth/iam-credentials.ts";
import { createGoogleSts, providerName } from "./auth/sts.ts";
import { type AccessTokens, createAccessTokens } from "./auth/tokens.ts";
import { openDocuments } from "./discovery/document.ts";
import { createGoogleValidation } from "./discovery/validation.ts";
import { endpointVariables, writeCredentialFile } from "./environment.ts";
import { createGoogleFaults, type GoogleFaultScript } from "./faults.ts";
import { startGoogleFront } from "./front/front.ts";
import { createLogging } from "./logging/index.ts";
import { createMonitoring, type SimulatedMonitoring } from "./monitoring/index.ts";
import { createRunTelemetry } from "./monitoring/telemetry.ts";
import type { Project } from "./names.ts";
import type { SimulatedGoogleOptions } from "./options.ts";
import { createRun, type RunLine, runPaceOf, type SimulatedRun } from "./run/index.ts";
import { createScheduler, type SimulatedScheduler } from "./scheduler/index.ts";

/** A simulated Google Cloud project, answering on loopback. The fields give tests direct access to each API's state. */
export interface SimulatedGoogle extends AsyncDisposable {
  /** The one endpoint of all APIs, without a slash at the end. */
  readonly url: string;
  readonly project: Project;
  readonly region: string;
  readonly calls: CallLog;
  readonly faults: GoogleFaultScript;
  /** Permissions nobody has; add and delete as the test wants. */
  readonly deniedPermissions: Set<string>;
  /** Requests and answers that did not fit the official documents, and handlers that broke. */
  readonly violations: readonly Violation[];
  readonly oidc: OidcIssuer;
  readonly tokens: AccessTokens;
  /** Resource name of the workload identity provider, as `workload_identity_provider` wants it. */
  readonly provider: string;
  /** The service account that `environment()` acts as. */
  readonly serviceAccount: string;
  readonly run: SimulatedRun;
  readonly monitoring: SimulatedMonitoring;
  readonly scheduler: SimulatedScheduler;
  /** What containers wrote, oldest first. */
  readonly lines: readonly RunLine[];
  /** An access token of the service account that lives so many seconds; 3600 unless told. */
  accessToken(seconds?: number): string;
  /** Environment variables of a job that may act as the service account over workload identity federation. */
  environment(): Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts a simulated Google Cloud project: one HTTP server for all APIs and, unless given, an identity token issuer. */
export async function startSimulatedGoogle(options: SimulatedGoogleOptions = {}): Promise<SimulatedGoogle> {
  const clock = options.clock ?? systemClock;
  const project = options.project ?? { id: "acme-shop", number: "123456789012" };
  const region = options.region ?? "europe-west1";
  const defaultAccount = { email: `ship@${project.id}.iam.gserviceaccount.com` };
  const accountList = options.serviceAccounts ?? [defaultAccount];
  const accounts = new Map(accountList.map((account) => [account.email, account]));
  const [{ email: serviceAccount } = defaultAccount] = accountList;
  const calls = createCallLog();
  const faults = createGoogleFaults(options.faults, options.faultSeed);
  const deniedPermissions = new Set(options.deniedPermissions);
  const models = options.models === "none" ? undefined : (options.models ?? findModels());
  const validation = createGoogleValidation(openDocuments(models));
  const tokens = createAccessTokens(clock);
  const closing = new AbortController();
  const lines: RunLine[] = [];

  await using starting = new AsyncDisposableStack();
  const oidc =
    options.oidc ?? (await startOidcIssuer({ clock, ...(options.job ? { job: options.job } : {}) }));
  if (!options.oidc) starting.defer(oidc.close);
  const identity = { project, provider: options.provider ?? {} };

  const samplePeriod = options.monitoring?.samplePeriod ?? 60_000;
  const telemetry = createRunTelemetry(project.id, samplePeriod);
  const runtime = options.runtime ?? scriptedRuntime(clock);
  const run = createRun(
    {
      clock,
      project,
      pace: runPaceOf(options.run?.pace, options.run?.speed),
      runtime,
      services: new Map(),
      closing: closing.signal,
      onRequest: telemetry.record,
      onLine: (line) => lines.push(line),
      secret: (name) => options.run?.secrets?.[name],
      random: options.run?.random ?? Math.random,
      uris: options.run?.uris ?? "run.app",
    },
    region,
    deniedPermissions,
  );
  starting.defer(run.close);
  const monitoring = createMonitoring({
    clock,
    project,
    telemetry,
    samplePeriod,
    lag: options.monitoring?.lag ?? 180_000,
  });
  const scheduler = createScheduler({ clock, tokens, accounts, deniedPermissions, self: () => front.url });
  starting.defer(scheduler.close);

  const front = await startGoogleFront({
    apis: [
      createGoogleSts({ clock, ...identity, issuer: oidc, tokens }),
      createIamCredentials({ clock, accounts, tokens }),
      run,
      monitoring,
      scheduler,
      createLogging(project, lines),
    ],
    clock,
    project,
    region,
    tokens,
    deniedPermissions,
    faults,
    calls,
    validation,
    ...(options.port === undefined ? {} : { port: options.port }),
  });
  starting.defer(front.close);
  const provider = providerName(identity);
  const credentials = await writeCredentialFile({ url: front.url, oidc, provider, serviceAccount });
  starting.defer(credentials.remove);
  starting.defer(() => closing.abort(new Error("The simulation has ended.")));
  const running = starting.move();
  const close = () => running.disposeAsync();

  return {
    url: front.url,
    project,
    region,
    calls,
    faults,
    deniedPermissions,
    violations: validation.violations,
    oidc,
    tokens,
    provider,
    serviceAccount,
    run,
    monitoring,
    scheduler,
    lines,
    accessToken: (seconds = 3600) =>
      tokens.issue({ member: `serviceAccount:${serviceAccount}`, email: serviceAccount }, seconds).value,
    environment: () => ({
      ...oidc.environment(),
      ...endpointVariables(front.url),
      GOOGLE_APPLICATION_CREDENTIALS: credentials.path,
      GOOGLE_GHA_CREDS_PATH: credentials.path,
      GOOGLE_CLOUD_PROJECT: project.id,
      CLOUDSDK_CORE_PROJECT: project.id,
    }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
