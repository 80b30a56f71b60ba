import type { Seed } from "./seed.ts";

/**
 * What a Lambda function of the seed reports to the lifecycle hook that calls it; `name` may be its ARN. Rejects, as an
 * invocation does, when there is no such function.
 */
export async function seededReport(
  functions: Seed["functions"],
  name: string,
): Promise<"succeeds" | "fails"> {
  const key = [name, name.split(":function:").at(-1) ?? name].find((each) => Object.hasOwn(functions, each));
  const report = key === undefined ? undefined : functions[key];
  if (report === undefined) throw new Error(`There is no function ${name} in this account.`);
  return report;
}
