/** Plans tags the way an action does, with git tags that the test names. */
import { expect } from "@jest/globals";
import { readRunFacts } from "#ship/github";
import { planTags, referenceOf, type TagPlan, type TagWishes } from "#ship/images";
import { readEnvironment } from "#ship/kit";
import type { Variables } from "./events.ts";

/** What a test asks for beside the rules. */
export interface Circumstances {
  readonly images?: string;
  readonly flavor?: string;
  readonly labels?: string;
  readonly annotations?: string;
  readonly annotationLevels?: string;
  readonly shortShaLength?: string;
  /** The git tags there are, or why they cannot be read. The tag of the run need not be named. */
  readonly versions?: readonly string[] | { readonly unreadable: string };
  readonly defaultBranch?: string | "unknown";
  readonly commitDate?: Date | "unknown";
}

/** The time of every build. */
export const now = new Date("2026-11-27T19:05:09Z");

/** Plans the tags of a run. `rules` has one rule a line. */
export function plan(variables: Variables, rules: string, given: Circumstances = {}): Promise<TagPlan> {
  const facts = readRunFacts(readEnvironment({ ...variables }));
  const wishes: TagWishes = {
    images: given.images ?? "octo/shop",
    tags: rules,
    flavor: given.flavor ?? "",
    labels: given.labels ?? "",
    annotations: given.annotations ?? "",
    annotationLevels: given.annotationLevels,
    shortShaLength: given.shortShaLength,
  };
  const versions = given.versions ?? [];
  return planTags(
    wishes,
    {
      facts,
      versions: async () => ("unreadable" in versions ? versions : { names: versions }),
      repository: async () =>
        given.defaultBranch === "unknown"
          ? {}
          : { defaultBranch: given.defaultBranch ?? "main", description: "Sells things", license: "MIT" },
      commitDate: async () =>
        given.commitDate === "unknown" ? undefined : (given.commitDate ?? new Date("2026-11-20T23:30:00Z")),
    },
    now,
    new AbortController().signal,
  );
}

/** The tags of a plan without the name of the one image that tests have unless they say otherwise. */
export async function tagsOf(
  variables: Variables,
  rules: string,
  given: Circumstances = {},
): Promise<string> {
  const { images } = await plan(variables, rules, given);
  return images.map((image) => referenceOf(image).replace(/^octo\/shop:/, "")).join(" ");
}

/** A line of a table: the run, its rules, what comes out, and the circumstances. */
export type Row = readonly [
  variables: Variables,
  rules: string,
  result: string | RegExp,
  given?: Circumstances,
];

/** Checks a row: a text is the tags in order, a pattern is the message of the error. */
export async function check([variables, rules, result, given]: Row): Promise<void> {
  const tags = tagsOf(variables, rules, given);
  if (typeof result === "string") expect(await tags).toBe(result);
  else await expect(tags).rejects.toThrow(result);
}

/** A name for a row. */
export function nameOf([variables, rules, result, given]: Row): string {
  const what = `${variables["GITHUB_EVENT_NAME"]} ${variables["GITHUB_REF"]}`;
  const how = given ? ` with ${JSON.stringify(given)}` : "";
  return `${what}: ${JSON.stringify(rules)}${how} → ${result}`;
}
