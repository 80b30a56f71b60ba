import { ShipError } from "#ship/kit";
import { readAnnotations } from "../annotations.ts";
import { imageLabels, type Labels, readLabels } from "../labels.ts";
import { type Repository, referenceOf, type TaggedImage } from "../reference.ts";
import { isEnabled } from "./enable.ts";
import { expandKnown } from "./expand.ts";
import { readFlavor } from "./flavor.ts";
import { type NamedImage, readImages } from "./images.ts";
import { latest } from "./latest.ts";
import { eachLine } from "./lines.ts";
import { nameTags, ruleName } from "./naming.ts";
import type { TagSource } from "./port.ts";
import { type Rule, readTagEntries, type WrittenReference } from "./rules.ts";
import { openRun, type TagRun } from "./run.ts";
import { readShortLength } from "./short-sha.ts";
import { type Standing, standingOfText } from "./standing.ts";

/** The inputs about tags and labels as the user wrote them. */
export interface TagWishes {
  /** One image a line, also in the form `name=…,enable=…`. */
  readonly images: string;
  /** One rule or full reference a line; the commit's full SHA when empty. */
  readonly tags: string;
  readonly flavor: string;
  /** `key=value` lines. */
  readonly labels: string;
  /** `key=value` lines, with the levels before the key where they are not the manifest's. */
  readonly annotations: string;
  /** DOCKER_METADATA_SHORT_SHA_LENGTH: digits of a short SHA, 7 when not set. */
  readonly shortShaLength: string | undefined;
  /** DOCKER_METADATA_ANNOTATIONS_LEVELS: levels of annotations that name none. */
  readonly annotationLevels: string | undefined;
}

/** An image, its tag and the rule that made it. */
export type PlannedImage = TaggedImage & { readonly rule: string; readonly standing: Standing };

/** What an image is to be called. */
export interface TagPlan {
  /** The first tag. */
  readonly version: string;
  /** By image, the tags in order with `latest` last; then the references that stand for themselves. */
  readonly images: readonly PlannedImage[];
  /** Every repository that gets a tag, once. */
  readonly repositories: readonly Repository[];
  readonly warnings: readonly string[];
  /** Rules that made no tag, and tags that were withheld, each with the reason. */
  readonly unused: readonly string[];
  readonly labels: Labels;
  readonly annotations: readonly string[];
}

/**
 * Decides how an image is tagged and labelled. The rules are docker/metadata-action's; docs/tags.md lists where and why
 * the results differ.
 *
 * @param now time of the build, for `{{date}}` and the label `created`
 * @throws ShipError `TAG_RULE_INVALID` or `IMAGE_REFERENCE_INVALID` naming each line that is wrong, `INPUT_INVALID` for
 * labels and annotations, `TAG_NOT_DERIVED` when no rule makes a tag
 */
export async function planTags(
  wishes: TagWishes,
  source: TagSource,
  now: Date,
  signal: AbortSignal,
): Promise<TagPlan> {
  const { rules, references } = readTagEntries(wishes.tags);
  const flavor = readFlavor(wishes.flavor);
  const named = readImages(wishes.images);
  const ownLabels = readLabels(wishes.labels);
  const ownAnnotations = readAnnotations(wishes.annotations, wishes.annotationLevels);
  const run = openRun(source, now, readShortLength(wishes.shortShaLength), signal);

  const repositories = await enabledRepositories(named, rules, run);
  const unused: string[] = [];
  const tags = await nameTags(rules, flavor, run, unused);
  const kept = references.filter((reference) => mayStand(reference, run, unused));
  const images = distinct([
    ...repositories.flatMap((repository) =>
      tags.map(({ tag, rule, standing }) => ({ repository, tag, rule, standing })),
    ),
    ...kept.map(({ image, line }) => ({
      ...image,
      rule: line.text,
      standing: standingOfText(image.tag, run.facts.sha),
    })),
  ]);
  const [first] = images;
  if (first === undefined) throw nothingDerived(run, unused);

  return {
    version: first.tag,
    images,
    repositories: [...new Map(images.map(({ repository }) => [repository.name, repository])).values()],
    warnings: [...run.warnings],
    unused,
    labels: {
      ...imageLabels(run.facts, await run.repository(), first.tag, now),
      ...(await expandValues(ownLabels, run)),
    },
    annotations: await Promise.all(ownAnnotations.map((annotation) => expandKnown(annotation, run))),
  };
}

async function enabledRepositories(
  named: readonly NamedImage[],
  rules: readonly Rule[],
  run: TagRun,
): Promise<readonly Repository[]> {
  if (rules.length === 0) return [];
  const enabled = await eachLine(named, async ({ repository, enable }) =>
    (await isEnabled(enable, run)) ? repository : undefined,
  );
  const repositories = enabled.filter((repository) => repository !== undefined);
  if (repositories.length > 0) return repositories;
  const why = named.length === 0 ? "`images` names none" : "every image in `images` is disabled";
  throw new ShipError("IMAGE_REFERENCE_INVALID", `The tags need an image, and ${why}.`, {
    hint: "Name an image in `images`, or write full references in `tags`.",
  });
}

function mayStand({ image, line }: WrittenReference, { facts }: TagRun, unused: string[]): boolean {
  if (image.tag !== latest || facts.origin !== "pull-request") return true;
  unused.push(`${ruleName(line)}: \`latest\` never comes from a pull request`);
  return false;
}

function distinct(images: readonly PlannedImage[]): readonly PlannedImage[] {
  const byReference = new Map<string, PlannedImage>();
  for (const image of images) {
    const reference = referenceOf(image);
    if (!byReference.has(reference)) byReference.set(reference, image);
  }
  return [...byReference.values()];
}

async function expandValues(labels: Labels, run: TagRun): Promise<Labels> {
  const expanded = Object.entries(labels).map(
    async ([key, value]) => [key, await expandKnown(value, run)] as const,
  );
  return Object.fromEntries(await Promise.all(expanded));
}

function nothingDerived({ facts, warnings }: TagRun, unused: readonly string[]): ShipError {
  const where = `the event ${facts.event || "(unknown)"} on ${facts.ref || "an unknown ref"}`;
  return new ShipError(
    "TAG_NOT_DERIVED",
    `No rule in \`tags\` makes a tag for ${where}: ${unused.join("; ")}.`,
    {
      details: [...unused, ...warnings],
    },
  );
}
