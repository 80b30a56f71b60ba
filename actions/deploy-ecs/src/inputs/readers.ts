import { duration, InputProblem, json, oneOf, percent, type Reader, text } from "#ship/kit";

/** A parsed JSON object; what its members may be is checked against the API's model. */
export type JsonFields = { readonly [key: string]: unknown };

/** The name of a service, or its ARN. */
export const service = text(/^[\w:/-]{1,512}$/, "the name or ARN of a service");
/** The name of a cluster, or its ARN. */
export const cluster = text(/^[\w:/-]{1,512}$/, "the name or ARN of a cluster");
/** The ARN of an IAM role, of any partition. */
export const role = text(
  /^arn:aws[\w-]*:iam::\d{12}:role\/.+$/,
  "an ARN such as arn:aws:iam::123456789012:role/deploy",
);

/** A JSON object. */
export function jsonObject(): Reader<JsonFields> {
  return json((document) => {
    if (isJsonFields(document)) return document;
    throw new Error("it is no JSON object");
  }, 'a JSON object such as {"key": "value"}');
}

/** True for a JSON object. */
export function isJsonFields(value: unknown): value is JsonFields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A duration in whole minutes, the only ones that Amazon ECS takes; its value is their number. */
export function minutes(bounds: { readonly min: number; readonly max: number }): Reader<number> {
  const inner = duration({ min: bounds.min * 60_000, max: bounds.max * 60_000 });
  return {
    accepts: `a duration in whole minutes, such as 10m or 1h, from ${bounds.min} to ${bounds.max} minutes`,
    read(raw) {
      const milliseconds = inner.read(raw);
      if (milliseconds % 60_000 !== 0)
        throw new InputProblem("it is not a whole number of minutes; a bare number means seconds");
      return milliseconds / 60_000;
    },
  };
}

/** A percentage in steps of 0.1; its value is from 0 to 100. */
export function percentage(bounds: { readonly min: number; readonly max: number }): Reader<number> {
  const inner = percent({ min: bounds.min / 100, max: bounds.max / 100 });
  return {
    accepts: inner.accepts,
    read(raw) {
      const tenths = inner.read(raw) * 1_000;
      if (Math.abs(tenths - Math.round(tenths)) > 1e-6)
        throw new InputProblem("Amazon ECS takes steps of 0.1 %");
      return Math.round(tenths) / 10;
    },
  };
}

/** One of the words of an API, in any case and with dashes for underscores. */
export function apiWord<const T extends string>(...words: readonly [T, ...T[]]): Reader<T> {
  const inner = oneOf(...words);
  return { accepts: inner.accepts, read: (raw) => inner.read(raw.trim().replaceAll("-", "_")) };
}
