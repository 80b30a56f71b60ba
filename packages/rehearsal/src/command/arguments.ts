import { parseArgs } from "node:util";
import { type ScenarioName, scenarioNames, scenarios } from "../scenario/index.ts";

/** What `npm run rehearse -- --help` prints. */
export const usage = `Usage: npm run rehearse [-- --scenario NAME]

Runs the server pipeline from commit to canary on this machine, against simulators, and says how it ended.
${scenarioNames.map((name) => `  ${name.padEnd(8)} ${scenarios[name].story}`).join("\n")}
The default is healthy. Exit code 0 when everything ended as the scenario expects, 1 otherwise.`;

/** What the command line asks for. */
export type Request =
  | { readonly kind: "help" }
  | { readonly kind: "rehearse"; readonly scenario: ScenarioName };

/** Reads the command line. Throws an error that names the word it does not know and those it accepts. */
export function readArguments(argv: readonly string[]): Request {
  const accepted = `Accepted: --scenario ${scenarioNames.join("|")}, --help.`;
  const { tokens } = parseArgs({
    args: [...argv],
    options: { scenario: { type: "string" }, help: { type: "boolean" } },
    strict: false,
    tokens: true,
  });
  let scenario: ScenarioName = "healthy";
  for (const token of tokens) {
    if (token.kind === "positional") throw new Error(`'${token.value}' is not understood. ${accepted}`);
    if (token.kind !== "option") continue;
    if (token.name === "help") return { kind: "help" };
    if (token.name !== "scenario") throw new Error(`The option ${token.rawName} is not known. ${accepted}`);
    const named = scenarioNames.find((name) => name === token.value);
    if (named === undefined) {
      const value = token.value === undefined ? "has no value" : `is '${token.value}'`;
      throw new Error(`--scenario ${value}. Accepted: ${scenarioNames.join(", ")}.`);
    }
    scenario = named;
  }
  return { kind: "rehearse", scenario };
}
