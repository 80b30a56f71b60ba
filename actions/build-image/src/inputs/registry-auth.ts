import type { GivenLogin } from "#ship/images";
import { type Environment, InputProblem, messageOf, type Reader } from "#ship/kit";

/** Makes of a YAML text what it says. */
export type ParseYaml = (text: string) => unknown;

/** The parser for this input. It is larger than all other readers together, so only a step that gives the input loads it. */
export async function yamlParser({ inputs }: Environment): Promise<ParseYaml> {
  if (!inputs.get("REGISTRY-AUTH")) return () => undefined;
  const { parse } = await import("yaml");
  return (text) => parse(text);
}

const known = ["registry", "username", "password", "token", "azure-token", "azure-tenant"];

/** A YAML list of logins; what is misspelt or empty is refused by the number of its entry, never by its value. */
export function registryAuth(parse: ParseYaml): Reader<readonly GivenLogin[]> {
  return {
    accepts: "a YAML list of registry, username and password, or registry and token or azure-token",
    read(raw) {
      const document = parsed(raw, parse);
      if (!Array.isArray(document)) throw new InputProblem();
      return document.map((entry: unknown, index) => readEntry(entry, index + 1));
    },
  };
}

function readEntry(entry: unknown, place: number): GivenLogin {
  const fields = typeof entry === "object" && entry !== null ? new Map(Object.entries(entry)) : new Map();
  const stranger = [...fields.keys()].find((name) => !known.includes(name));
  if (stranger !== undefined) throw new InputProblem(`entry ${place} has the unknown field "${stranger}"`);
  const text = (name: string): string | undefined => {
    const value: unknown = fields.get(name);
    if (value === undefined) return undefined;
    if (typeof value !== "string")
      throw new InputProblem(`the ${name} of entry ${place} is no text: quote it`);
    if (value.trim() === "") throw new InputProblem(`the ${name} of entry ${place} is empty`);
    return value;
  };
  const registry = text("registry");
  const secrets = known.slice(1).filter((name) => fields.has(name));
  const login = registry === undefined ? undefined : loginOf(registry, secrets, text);
  if (login !== undefined) return login;
  throw new InputProblem(
    `entry ${place} needs registry, and username and password, or token, or azure-token`,
  );
}

function loginOf(
  registry: string,
  given: readonly string[],
  text: (name: string) => string | undefined,
): GivenLogin | undefined {
  const [username, password, token, azureToken, azureTenant] = known.slice(1).map(text);
  switch ([...given].sort().join()) {
    case "password,username":
      return username === undefined || password === undefined ? undefined : { registry, username, password };
    case "token":
      return token === undefined ? undefined : { registry, token };
    case "azure-token":
    case "azure-tenant,azure-token":
      if (azureToken === undefined) return undefined;
      return { registry, azureToken, ...(azureTenant !== undefined && { azureTenant }) };
    default:
      return undefined;
  }
}

function parsed(raw: string, parse: ParseYaml): unknown {
  try {
    return parse(raw);
  } catch (error) {
    throw new InputProblem(messageOf(error).split("\n")[0]);
  }
}
