import type { ActionFile } from "../files/action-file.ts";
import { evaluateText, evaluateTexts, type Scope } from "../language/expressions.ts";
import type { Template } from "../language/templates.ts";
import type { StepRecorder } from "./step-recorder.ts";

/**
 * What an action is given: `with` on top of the defaults. Names are compared without case.
 * A required input that is missing is passed over, as GitHub does.
 */
export function actionInputs(
  action: ActionFile,
  parameters: Template | undefined,
  scope: Scope,
): Readonly<Record<string, string>> {
  const given = evaluateTexts(parameters, scope);
  const inputs = new Map<string, readonly [string, string]>();
  for (const { name, fallback } of action.inputs) {
    const value = evaluateText(fallback, scope);
    if (value !== undefined) inputs.set(name.toLowerCase(), [name, value]);
  }
  for (const [name, value] of Object.entries(given)) inputs.set(name.toLowerCase(), [name, value]);
  return Object.fromEntries(inputs.values());
}

/** Warns about inputs the action does not declare and about deprecated ones, in the runner's words. */
export function warnAboutInputs(
  action: ActionFile,
  parameters: Template | undefined,
  scope: Scope,
  recorder: StepRecorder,
): void {
  const declared = new Map(action.inputs.map((input) => [input.name.toLowerCase(), input]));
  const given = Object.keys(evaluateTexts(parameters, scope));
  const unexpected = given.filter((name) => !declared.has(name.toLowerCase()));
  const quote = (names: readonly string[]) => names.map((name) => `'${name}'`).join(", ");
  if (unexpected.length > 0) {
    const valid = quote(action.inputs.map(({ name }) => name));
    recorder.warn(`Unexpected input(s) ${quote(unexpected)}, valid inputs are [${valid}]`);
  }
  for (const name of given) {
    const deprecation = declared.get(name.toLowerCase())?.deprecation;
    if (deprecation !== undefined)
      recorder.warn(`Input '${name}' has been deprecated with message: ${deprecation}`);
  }
}

/** INPUT_ variables: upper case, blanks to underscores. */
export function inputVariables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`,
      value,
    ]),
  );
}
