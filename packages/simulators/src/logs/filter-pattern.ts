import { faults } from "./faults.ts";

/**
 * Compiles a filter pattern for unstructured text: all plain terms must occur and none of the `-terms`; without plain terms
 * one of the `?terms` must occur. Quotes hold spaces together. Comparison is by case, as on AWS. JSON and space-delimited patterns throw InvalidParameterException
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html).
 */
export function compilePattern(pattern: string): (message: string) => boolean {
  if (/^\s*[[{%]/.test(pattern)) {
    throw faults.invalid(
      `Invalid filter pattern '${pattern}': only terms, "quoted terms", ?any and -none are supported`,
    );
  }
  const required: string[] = [];
  const alternatives: string[] = [];
  const excluded: string[] = [];
  for (const [, sign = "", quoted, plain] of pattern.matchAll(/([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)) {
    const term = quoted === undefined ? (plain ?? "") : quoted.replace(/\\(.)/g, "$1");
    if (sign === "?") alternatives.push(term);
    else if (sign === "-") excluded.push(term);
    else required.push(term);
  }
  return (message) =>
    required.every((term) => message.includes(term)) &&
    (alternatives.length === 0 ||
      required.length > 0 ||
      alternatives.some((term) => message.includes(term))) &&
    !excluded.some((term) => message.includes(term));
}
