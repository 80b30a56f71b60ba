import { type Clock, isShipError, type Log, messageOf, type Redaction, ShipError } from "#ship/kit";
import type { Login } from "../registry/credentials.ts";
import { azureLogin } from "./azure.ts";
import { type GivenLogin, registryHost } from "./given.ts";
import { tokenUser } from "./token-user.ts";

/** A place that gives logins for some hosts by itself, such as a cloud that the job is known to. */
export interface LoginSource {
  /** For messages, for example `Amazon ECR`. */
  readonly name: string;
  /**
   * Whether it comes before a login that the job has already, or is asked only where there is none. Logins of clouds last
   * hours, and one on a machine may be stale; a login beside `github.token` was made for a reason.
   */
  readonly rank: "before-job" | "after-job";
  serves(registry: string): boolean;
  /** @throws ShipError in the provider's words */
  login(registry: string): Promise<Login>;
}

/** What logins are resolved with. */
export interface LoginContext {
  readonly given: readonly GivenLogin[];
  readonly sources: readonly LoginSource[];
  /** Hosts that are only read from, where no login may do: a source that gives none there is a warning. */
  readonly readOnly?: readonly string[];
  /** What the job is logged in to already. */
  job(registry: string): Promise<Login | undefined>;
  /** The GitHub user that the run acts for. */
  readonly actor: string;
  readonly redaction: Pick<Redaction, "add">;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warning">;
  readonly signal: AbortSignal;
}

/**
 * The logins this step adds to those of the job: for each host the one given, else one that a source gives by itself. A
 * host that gets none here is used with the job's own login, or anonymously. Every secret is masked before it is returned.
 * @param registries hosts as image names write them
 * @throws ShipError in the provider's words, with the host
 */
export async function resolveLogins(
  registries: readonly string[],
  context: LoginContext,
): Promise<readonly Login[]> {
  const given = context.given.map((login) => ({ ...login, registry: registryHost(login.registry) }));
  for (const login of given) maskGiven(login, context.redaction);
  const explicit = await Promise.all(given.map((login) => explicitLogin(login, context)));
  const open = [...new Set(registries)].filter((host) => given.every(({ registry }) => registry !== host));
  const automatic = await Promise.all(open.map((host) => automaticLogin(host, context)));
  const logins = [...explicit, ...automatic.filter((login) => login !== undefined)];
  for (const login of logins) maskLogin(login, context.redaction);
  return logins;
}

async function explicitLogin(given: GivenLogin, context: LoginContext): Promise<Login> {
  if ("password" in given) return given;
  if ("azureToken" in given) return azureLogin(given, context);
  const { registry, token } = given;
  return { registry, username: tokenUser(registry, context.actor), password: token };
}

async function automaticLogin(registry: string, context: LoginContext): Promise<Login | undefined> {
  const { log } = context;
  const source = context.sources.find((candidate) => candidate.serves(registry));
  if (source === undefined) return undefined;
  if (source.rank === "after-job" && (await context.job(registry)) !== undefined) return undefined;
  try {
    const login = await source.login(registry);
    log.info(`${registry}: logged in by ${source.name}`);
    return login;
  } catch (error) {
    if (context.signal.aborted) throw context.signal.reason;
    const own = source.rank === "before-job" ? await context.job(registry) : undefined;
    if (own === undefined && !context.readOnly?.includes(registry)) throw named(error, registry);
    const instead = own === undefined ? "it is read anonymously" : "that of the job is used";
    log.warning(`${registry}: ${source.name} gave no login, so ${instead}: ${messageOf(error)}`);
    return undefined;
  }
}

function named(error: unknown, registry: string): unknown {
  if (!isShipError(error) || error.message.includes(registry)) return error;
  const { code, message, hint, details } = error;
  return new ShipError(code, `${registry}: ${message}`, { cause: error, hint, details });
}

function maskGiven(given: GivenLogin, redaction: Pick<Redaction, "add">): void {
  if ("azureToken" in given) redaction.add(given.azureToken);
  else if ("token" in given) redaction.add(given.token);
  else maskLogin(given, redaction);
}

/** Masks a login's secret, also as it stands in headers and in Docker's configuration. */
export function maskLogin(login: Login, redaction: Pick<Redaction, "add">): void {
  const secrets =
    "identityToken" in login
      ? [login.identityToken]
      : [login.password, Buffer.from(`${login.username}:${login.password}`).toString("base64")];
  for (const secret of secrets) redaction.add(secret);
}
