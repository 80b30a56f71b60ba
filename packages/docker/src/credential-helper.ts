import type { Login } from "#ship/images";
import { type Environment, type Exec, messageOf, ShipError } from "#ship/kit";
import { configKey } from "./auths.ts";

/** The user name by which a helper says that the secret is an identity token (docker/cli: credentials.tokenUsername). */
const tokenUser = "<token>";
const patience = 30_000;

/** What a credential helper is asked with. */
export interface HelperContext {
  readonly exec: Exec;
  readonly environment: Pick<Environment, "childVariables">;
}

/**
 * Asks a credential helper of Docker for a login: the host goes in by stdin, the answer is JSON (docker docs, Credential
 * helper protocol). `undefined` when the helper has none.
 * @throws ShipError `CREDENTIALS_INVALID` naming helper and host when it cannot be asked: a job that has a helper means to be logged in
 */
export async function askHelper(
  helper: string,
  registry: string,
  { exec, environment }: HelperContext,
): Promise<Login | undefined> {
  const program = `docker-credential-${helper}`;
  const answer = await exec({
    program,
    arguments: ["get"],
    stdin: configKey(registry),
    environment: environment.childVariables(),
    signal: AbortSignal.timeout(patience),
  }).catch((error: unknown) => {
    throw failed(program, registry, messageOf(error), error);
  });
  const said = answer.stdout.trim() || answer.stderr.trim();
  if (answer.exitCode !== 0) {
    // The helpers have no other sign for it than this sentence (docker-credential-helpers: credentials.errCredentialsNotFound).
    if (/credentials not found/i.test(said)) return undefined;
    throw failed(program, registry, said.split("\n")[0] ?? "");
  }
  const { username, secret } = readAnswer(answer.stdout);
  if (!secret) throw failed(program, registry, "its answer holds no secret");
  return username === tokenUser
    ? { registry, identityToken: secret }
    : { registry, username, password: secret };
}

function readAnswer(text: string): { readonly username: string; readonly secret: string } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    document = undefined;
  }
  const member = (name: string) => {
    const value: unknown =
      typeof document === "object" && document !== null ? Reflect.get(document, name) : "";
    return typeof value === "string" ? value : "";
  };
  return { username: member("Username"), secret: member("Secret") };
}

function failed(program: string, registry: string, reason: string, cause?: unknown): ShipError {
  return new ShipError(
    "CREDENTIALS_INVALID",
    `${registry}: Docker's configuration names ${program} for its login, which failed: ${reason}`,
    { cause, hint: "Give a login for this host in `registry-auth`, or repair the helper." },
  );
}
