import { type JsonObject, ServiceFault } from "../service.ts";
import type { Codec } from "../wire/codec.ts";
import { CommonFault, isCommonCode } from "../wire/common-fault.ts";
import { findMismatches, type Mismatch } from "./mismatch.ts";
import { isNamedInProse } from "./prose-values.ts";
import type { ServiceModels } from "./service-model.ts";

/** A request or an answer that does not fit the official model, or a handler that broke. */
export interface Violation {
  readonly side: "request" | "answer" | "handler";
  readonly service: string;
  readonly action: string;
  readonly problem: string;
}

/** Checks traffic against the official models and keeps what does not fit. */
export interface Validation {
  readonly violations: readonly Violation[];
  /** Records what is wrong with a request; throws the service's own validation error where the service would. */
  request(service: string, action: string, input: JsonObject, codec: Codec): void;
  answer(service: string, action: string, output: JsonObject): void;
  /** Checks that the operation declares this error. */
  fault(service: string, action: string, fault: ServiceFault): void;
  /** Records an error no service would answer: a defect of the simulator. */
  broken(service: string, action: string, error: unknown): void;
}

/** Creates a {@link Validation}. Services without a model are not checked. */
export function createValidation(models: ServiceModels): Validation {
  const violations: Violation[] = [];
  const record = (side: Violation["side"], service: string, action: string, problem: string) => {
    violations.push({ side, service, action, problem });
  };
  return {
    violations,
    request(service, action, input, codec) {
      const model = models(service);
      const shape = model?.operations[action]?.input?.shape;
      if (!model || !shape) return;
      const found = findMismatches(model, shape, input, { scalars: codec.scalars, timestamps: "wire" });
      for (const mismatch of found) record("request", service, action, describe(mismatch));
      // AWS ignores members it does not know, so these are recorded only.
      const refused = found.filter((mismatch) => mismatch.kind !== "unknown-member");
      if (refused.length > 0) throw refusal(service, refused, codec);
    },
    answer(service, action, output) {
      const model = models(service);
      const operation = model?.operations[action];
      if (!model || !operation) return;
      const shape = operation.output?.shape;
      const found = shape
        ? findMismatches(model, shape, output, { scalars: "typed", timestamps: "date" })
        : Object.keys(output).map((path) => unexpected(path, output[path]));
      const wrong = found.filter((mismatch) => !isNamedInProse(service, mismatch));
      for (const mismatch of wrong) record("answer", service, action, describe(mismatch));
    },
    fault(service, action, fault) {
      const model = models(service);
      const operation = model?.operations[action];
      if (!model || !operation || isCommonCode(fault.code)) return;
      const declared = (operation.errors ?? []).flatMap(({ shape }) => [
        shape,
        model.shapes[shape]?.error?.code,
      ]);
      if (!declared.includes(fault.code)) {
        record("answer", service, action, `error ${fault.code} is not declared by the operation`);
      }
    },
    broken(service, action, error) {
      record(
        "handler",
        service,
        action,
        error instanceof Error ? (error.stack ?? error.message) : `${error}`,
      );
    },
  };
}

function unexpected(path: string, value: unknown): Mismatch {
  return { kind: "unknown-member", path, value, constraint: "The operation answers nothing" };
}

function describe({ kind, path, value, constraint }: Mismatch): string {
  const shown = JSON.stringify(value)?.slice(0, 120) ?? String(value);
  const wanted = kind === "type" ? `Member must be of type ${constraint}` : constraint;
  return `${path || "(root)"} = ${shown}: ${wanted}`;
}

/** A refusal as the service words it: wrong types fail while the body is read, the rest in validation. */
function refusal(service: string, found: readonly Mismatch[], codec: Codec): Error {
  const mistyped = found.find((mismatch) => mismatch.kind === "type");
  if (mistyped && codec.dialect === "json") {
    return new CommonFault(
      "serialization",
      `${jsonToken(mistyped.value)} can not be converted to ${mistyped.constraint === "Integer" ? "an" : "a"} ${mistyped.constraint} at '${mistyped.path}'`,
    );
  }
  const sentences = found.map(({ path, value, constraint }) => {
    const shown = value === null ? "null" : `'${typeof value === "string" ? value : JSON.stringify(value)}'`;
    return `Value ${shown} at '${lowerFirst(path)}' failed to satisfy constraint: ${constraint}`;
  });
  if (service === "ecr") {
    const [first] = found;
    return new ServiceFault(
      "InvalidParameterException",
      `Invalid parameter at '${first?.path}' failed to satisfy constraint: '${first?.constraint}'`,
    );
  }
  const count = sentences.length === 1 ? "1 validation error" : `${sentences.length} validation errors`;
  return new ServiceFault(validationCode(service), `${count} detected: ${sentences.join("; ")}`);
}

function validationCode(service: string): string {
  return service === "ecs" || service === "logs" ? "InvalidParameterException" : "ValidationError";
}

function jsonToken(value: unknown): string {
  if (Array.isArray(value)) return "START_ARRAY";
  if (typeof value === "object") return "START_OBJECT";
  if (typeof value === "string") return "STRING_VALUE";
  if (typeof value === "boolean") return value ? "TRUE_VALUE" : "FALSE_VALUE";
  return Number.isInteger(value) ? "NUMBER_VALUE" : "DECIMAL_VALUE";
}

function lowerFirst(path: string): string {
  return path.charAt(0).toLowerCase() + path.slice(1);
}
