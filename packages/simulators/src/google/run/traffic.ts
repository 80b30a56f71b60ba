import type { JsonObject } from "../../service.ts";
import { invalid } from "../status.ts";
import { numeric, objects, text } from "../values.ts";
import type { TrafficTarget } from "./model.ts";

const latest = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST";
const byRevision = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";
/** Tag and service share one DNS label of the URL `tag---service-hash-region.a.run.app`. */
const longestTagAndService = 46;

/**
 * Reads `traffic` of a service. Nothing given is 100 % to the latest ready revision. Throws INVALID_ARGUMENT for
 * percents that are not whole, are outside 0..100 or do not sum to 100, and for tags that cannot be part of a URL.
 */
export function readTraffic(desired: JsonObject, service: string): readonly TrafficTarget[] {
  const given = objects(desired, "traffic");
  if (given.length === 0) return [{ to: { latest: true }, percent: 100 }];
  const targets = given.map((entry, index) => readTarget(entry, `service.traffic[${index}]`));
  const sum = targets.reduce((total, target) => total + target.percent, 0);
  if (sum !== 100) throw invalid("service.traffic", `Traffic percentages must sum to 100, but are ${sum}.`);
  const tags = targets.flatMap(({ tag }) => tag ?? []);
  const twice = tags.find((tag, index) => tags.indexOf(tag) !== index);
  if (twice !== undefined) throw invalid("service.traffic", `Traffic tag '${twice}' is used more than once.`);
  for (const tag of tags) checkTag(tag, service);
  return targets;
}

/** Writes a target as GoogleCloudRunV2TrafficTarget. */
export function writeTarget({ to, percent, tag }: TrafficTarget): JsonObject {
  return {
    ...("latest" in to ? { type: latest } : { type: byRevision, revision: to.revision }),
    ...(percent === 0 ? {} : { percent }),
    ...(tag === undefined ? {} : { tag }),
  };
}

function readTarget(entry: JsonObject, field: string): TrafficTarget {
  const revision = text(entry, "revision");
  const type = text(entry, "type") ?? (revision === undefined ? latest : byRevision);
  const percent = numeric(entry, "percent") ?? 0;
  const tag = text(entry, "tag");
  if (!Number.isInteger(percent) || percent < 0 || percent > 100) {
    throw invalid(`${field}.percent`, `Traffic percent ${percent} must be a whole number between 0 and 100.`);
  }
  if (percent === 0 && tag === undefined && type === latest && entry["percent"] === undefined) {
    throw invalid(`${field}.percent`, "Traffic target must have a percent or a tag.");
  }
  if (type === byRevision) {
    if (revision === undefined)
      throw invalid(`${field}.revision`, "Revision name is required for a target of type REVISION.");
    const [id = revision] = revision.split("/").slice(-1);
    return { to: { revision: id }, percent, ...(tag === undefined ? {} : { tag }) };
  }
  if (revision !== undefined) {
    throw invalid(`${field}.revision`, "Revision name must be empty for a target of type LATEST.");
  }
  return { to: { latest: true }, percent, ...(tag === undefined ? {} : { tag }) };
}

function checkTag(tag: string, service: string): void {
  if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(tag)) {
    throw invalid(
      "service.traffic.tag",
      `Traffic tag '${tag}' must begin with a letter and hold only lower-case letters, digits and hyphens.`,
    );
  }
  if (tag.length + service.length > longestTagAndService) {
    throw invalid(
      "service.traffic.tag",
      `The combined length of traffic tag '${tag}' and service name '${service}' must not exceed ${longestTagAndService} characters.`,
    );
  }
}
