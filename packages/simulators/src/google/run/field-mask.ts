import { isJsonObject } from "../../members.ts";
import type { JsonObject } from "../../service.ts";
import { invalid } from "../status.ts";

/** Fields of a service that users write (GoogleCloudRunV2Service without its output-only fields, `name` and `etag`). */
const writable = [
  "description",
  "labels",
  "annotations",
  "client",
  "clientVersion",
  "ingress",
  "launchStage",
  "binaryAuthorization",
  "template",
  "traffic",
  "scaling",
  "invokerIamDisabled",
  "defaultUriDisabled",
  "iapEnabled",
  "customAudiences",
  "multiRegionSettings",
  "buildConfig",
  "functionalType",
  "sshEnabled",
];
const outputOnly = ["name", "uid", "generation", "createTime", "updateTime", "etag", "uri", "urls"];

/** The user's own fields of a service as sent; output-only ones are ignored, as Google does. */
export function userFields(body: JsonObject): JsonObject {
  return Object.fromEntries(
    writable
      .filter((name) => body[name] !== undefined && body[name] !== null)
      .map((name) => [name, body[name]]),
  );
}

/**
 * The desired state after a patch: the whole new one without a mask or with `*`, else the old one with the fields of the
 * mask replaced, or removed where the new one has them not. Throws INVALID_ARGUMENT for a field there is none of.
 */
export function applyMask(current: JsonObject, sent: JsonObject, mask: string | null): JsonObject {
  if (mask === null || mask === "" || mask === "*") return userFields(sent);
  let merged = current;
  for (const path of mask.split(",").map((each) => camelCase(each.trim()))) {
    const [field = "", ...rest] = path.split(".");
    if (outputOnly.includes(field)) continue;
    if (!writable.includes(field) || ((field === "labels" || field === "annotations") && rest.length > 0)) {
      throw invalid("update_mask", `Invalid field mask path '${path}' for a Service.`);
    }
    merged = replaced(merged, userFields(sent), [field, ...rest]);
  }
  return merged;
}

function replaced(
  current: JsonObject,
  sent: JsonObject,
  [name = "", ...rest]: readonly string[],
): JsonObject {
  const { [name]: before, ...others } = current;
  const given = sent[name];
  if (rest.length === 0) return given === undefined ? others : { ...others, [name]: given };
  const inner = replaced(isJsonObject(before) ? before : {}, isJsonObject(given) ? given : {}, rest);
  return { ...others, [name]: inner };
}

function camelCase(path: string): string {
  return path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
