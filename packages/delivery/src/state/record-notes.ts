import type { WeightChange } from "../gate.ts";
import type { Notes } from "./notes.ts";
import type { Owner, RecordedRelease, RolloutRecord } from "./record.ts";
import { runUrl } from "./record.ts";

/** Names under which a rollout is noted; `bad-release` outlives it. */
export const recordNames = [
  "rollout",
  "plan",
  "stable-name",
  "stable",
  "stable-release",
  "canary-name",
  "canary",
  "canary-release",
  "owner",
  "begun",
  "weights",
  "deadline",
] as const;
export type RecordNoteName = (typeof recordNames)[number];

const held = "held";
const noWeights = "none";
const runPattern = /^(https?:\/\/[^/]+(?:\/[^/]+)*)\/([^/]+\/[^/]+)\/actions\/runs\/(\d*)\/attempts\/(\d+)$/;

/** A record as texts, for a person to read as well: times are ISO 8601, weights percent and milliseconds since `begun`. */
export function recordToNotes(record: RolloutRecord): Record<RecordNoteName, string> {
  return {
    rollout: record.id,
    plan: record.plan,
    "stable-name": record.stable.name,
    stable: record.stable.reference,
    "stable-release": record.stable.release,
    "canary-name": record.canary.name,
    canary: record.canary.reference,
    "canary-release": record.canary.release,
    owner: runUrl(record.owner),
    begun: iso(record.begun),
    weights: weightsText(record.weights, record.begun),
    deadline: deadlineText(record.deadline),
  };
}

/** A deadline as it is noted. */
export function deadlineText(deadline: RolloutRecord["deadline"]): string {
  return deadline === held ? held : iso(deadline);
}

/** Reads a record; `garbled` when only parts of one are there, or not as they are written here. */
export function recordFromNotes(notes: Notes): RolloutRecord | undefined | "garbled" {
  if (!recordNames.some((name) => name in notes)) return undefined;
  const owner = readOwner(notes["owner"]);
  const begun = readTime(notes["begun"]);
  const weights = begun === undefined ? undefined : readWeights(notes["weights"], begun);
  const deadline = notes["deadline"] === held ? held : readTime(notes["deadline"]);
  const [stable, canary] = [readRelease(notes, "stable"), readRelease(notes, "canary")];
  const { rollout: id, plan } = notes;
  if (!id || !plan || !owner || begun === undefined || !weights || deadline === undefined) return "garbled";
  return stable && canary ? { id, plan, stable, canary, owner, begun, weights, deadline } : "garbled";
}

function readRelease(notes: Notes, side: "stable" | "canary"): RecordedRelease | undefined {
  const [name, reference, release] = [notes[`${side}-name`], notes[side], notes[`${side}-release`]];
  return name && reference && release ? { name, reference, release } : undefined;
}

function readOwner(text: string | undefined): Owner | undefined {
  const [, server, repository, run, attempt] = runPattern.exec(text ?? "") ?? [];
  return server !== undefined && repository !== undefined && run !== undefined && attempt !== undefined
    ? { server, repository, run, attempt }
    : undefined;
}

function weightsText(weights: readonly WeightChange[], begun: number): string {
  if (weights.length === 0) return noWeights;
  return weights.map(({ at, share }) => `${Number((share * 100).toFixed(6))}@${at - begun}`).join(":");
}

function readWeights(text: string | undefined, begun: number): readonly WeightChange[] | undefined {
  if (text === noWeights) return [];
  const parts = (text ?? "").split(":").map((part) => /^(\d+(?:\.\d+)?)@(\d+)$/.exec(part));
  const weights = parts.flatMap((part) =>
    part ? [{ share: Number((Number(part[1]) / 100).toFixed(8)), at: begun + Number(part[2]) }] : [],
  );
  return weights.length === parts.length ? weights : undefined;
}

function readTime(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? undefined : time;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
