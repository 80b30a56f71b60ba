import type { JsonObject } from "../service.ts";
import { read, validationError } from "./faults.ts";
import type { Condition } from "./model.ts";

/** Parses rule `Conditions`, in the short form (`Values`) and the `…Config` form. Throws ValidationError. */
export function parseConditions(inputs: readonly JsonObject[]): readonly Condition[] {
  if (inputs.length === 0) throw validationError("A condition must be specified");
  return inputs.map(parseCondition);
}

function parseCondition(input: JsonObject): Condition {
  const field = read.requiredText(input, "Field");
  const config = (name: string) => read.object(input, name) ?? {};
  const values = (member: string) => {
    const named = read.texts(config(member), "Values");
    return required(field, named.length > 0 ? named : read.texts(input, "Values"));
  };
  switch (field) {
    case "host-header":
      return { field, values: values("HostHeaderConfig") };
    case "path-pattern":
      return { field, values: values("PathPatternConfig") };
    case "http-request-method":
      return { field, values: values("HttpRequestMethodConfig") };
    case "source-ip":
      return { field, values: values("SourceIpConfig") };
    case "http-header":
      return {
        field,
        headerName: read.requiredText(config("HttpHeaderConfig"), "HttpHeaderName"),
        values: values("HttpHeaderConfig"),
      };
    case "query-string": {
      const pairs = read.objects(config("QueryStringConfig"), "Values").map((pair) => {
        const key = read.text(pair, "Key");
        return { ...(key === undefined ? {} : { key }), value: read.requiredText(pair, "Value") };
      });
      return { field, pairs: required(field, pairs) };
    }
    default:
      throw validationError(
        `Condition field '${field}' must be one of '[path-pattern, host-header, http-header, http-request-method, query-string, source-ip]'`,
      );
  }
}

function required<T>(field: string, values: readonly T[]): readonly T[] {
  if (values.length === 0) throw validationError(`A condition value must be specified for field '${field}'`);
  return values;
}

/** A condition as DescribeRules answers it. `Values` repeats the values of host and path conditions. */
export function describeCondition(condition: Condition): JsonObject {
  const { field } = condition;
  switch (field) {
    case "host-header":
      return { Field: field, Values: condition.values, HostHeaderConfig: { Values: condition.values } };
    case "path-pattern":
      return { Field: field, Values: condition.values, PathPatternConfig: { Values: condition.values } };
    case "http-request-method":
      return { Field: field, HttpRequestMethodConfig: { Values: condition.values } };
    case "source-ip":
      return { Field: field, SourceIpConfig: { Values: condition.values } };
    case "http-header":
      return {
        Field: field,
        HttpHeaderConfig: { HttpHeaderName: condition.headerName, Values: condition.values },
      };
    case "query-string":
      return {
        Field: field,
        QueryStringConfig: {
          Values: condition.pairs.map((pair) => ({
            ...(pair.key === undefined ? {} : { Key: pair.key }),
            Value: pair.value,
          })),
        },
      };
  }
}
