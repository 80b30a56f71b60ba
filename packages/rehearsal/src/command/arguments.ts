import { parseArgs } from "node:util";
import { type ScenarioName, scenarioNames, scenarioOf } from "../scenario/index.ts";

/** What `npm run rehearse -- --help` prints. */
export const usage = `Usage: npm run rehearse [-- --scenario NAME|all]

Runs the server pipeline from commit to canary on this machine, against simulators, and says how it ended.
${scenarioNames.map((name) => `  ${name.padEnd(13)} ${scenarioOf(name).story}`).join("\n")}
The default is healthy; all rehearses one after the other. Exit code 0 when everything ended as the scenario expects, 1 otherwise.`;

/** What the command line asks for. */
export type Request =
  | { readonly kind: "help" }
  | { readonly kind: "rehearse"; readonly scenarios: readonly ScenarioName[] };

/** Reads the command line. Throws an error that names the word it does not know and those it accepts. */
export function readArguments(argv: readonly string[]): Request {
  const accepted = `Accepted: --scenario all|${scenarioNames.join("|")}, --help.`;
  const { tokens } = parseArgs({
    args: [...argv],
    options: { scenario: { type: "string" }, help: { type: "boolean" } },
    strict: false,
    tokens: true,
  });
  let scenarios: readonly ScenarioName[] = ["healthy"];
  for (const token of tokens) {
    if (token.kind === "positional") throw new Error(`'${token.value}' is not understood. ${accepted}`);
    if (token.kind !== "option") continue;
    if (token.name === "help") return { kind: "help" };
    if (token.name !== "scenario") throw new Error(`The option ${token.rawName} is not known. ${accepted}`);
    const named = scenarioNames.filter((name) => token.value === "all" || name === token.value);
    if (named.length === 0) {
      const value = token.value === undefined ? "has no value" : `is '${token.value}'`;
      throw new Error(`--scenario ${value}. Accepted: all, ${scenarioNames.join(", ")}.`);
    }
    scenarios = named;
  }
  return { kind: "rehearse", scenarios };
}
