import { isJsonObject } from "../../members.ts";
import type { Violation } from "../../models/validation.ts";
import type { JsonObject } from "../../service.ts";
import type { GoogleApi, GoogleMethod } from "../api.ts";
import { badRequest, GoogleFault } from "../status.ts";
import type { DiscoveryDocument, DiscoveryDocuments, DiscoveryMethod } from "./document.ts";
import { findMismatches, type Mismatch, visit } from "./mismatch.ts";

/** Checks traffic against the discovery documents and keeps what does not fit. */
export interface GoogleValidation {
  readonly violations: readonly Violation[];
  /** Records what is wrong with a request, then throws INVALID_ARGUMENT as Google's own parser words it. */
  request(api: GoogleApi, method: GoogleMethod, query: URLSearchParams, body: JsonObject): void;
  answer(api: GoogleApi, method: GoogleMethod, output: JsonObject): void;
  /** Records an error no API would answer: a defect of the simulator. */
  broken(api: string, action: string, error: unknown): void;
}

/** Creates a {@link GoogleValidation}. APIs without a document are not checked. */
export function createGoogleValidation(documents: DiscoveryDocuments): GoogleValidation {
  const violations: Violation[] = [];
  const described = (api: GoogleApi, method: GoogleMethod) => {
    const document = api.document === undefined ? undefined : documents(api.document);
    const description = method.id === undefined ? undefined : document?.methods.get(method.id);
    return document && description ? { document, description } : undefined;
  };
  return {
    violations,
    request(api, method, query, body) {
      const found = described(api, method);
      if (!found) return;
      const complaints = [
        ...queryComplaints(found.document, found.description, query),
        ...bodyComplaints(found.document, found.description, method, body),
      ];
      if (complaints.length === 0) return;
      for (const { description } of complaints) {
        violations.push({ side: "request", service: api.name, action: method.action, problem: description });
      }
      throw new GoogleFault("INVALID_ARGUMENT", complaints.map(({ description }) => description).join("\n"), {
        details: complaints.map(({ field, description }) => badRequest(field, description)),
      });
    },
    answer(api, method, output) {
      const found = described(api, method);
      const schema = found?.description.response?.$ref;
      if (!found || schema === undefined) return;
      const { document } = found;
      const mismatches = [
        ...findMismatches(document, schema, output, ""),
        ...["response", "metadata"].flatMap((name) => packed(document, output[name], name)),
      ];
      for (const mismatch of mismatches) {
        const { description } = wording(mismatch);
        violations.push({ side: "answer", service: api.name, action: method.action, problem: description });
      }
    },
    broken(service, action, error) {
      const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
      violations.push({ side: "handler", service, action, problem });
    },
  };
}

interface Complaint {
  readonly field: string;
  readonly description: string;
}

function queryComplaints(
  document: DiscoveryDocument,
  method: DiscoveryMethod,
  query: URLSearchParams,
): readonly Complaint[] {
  return [...query].flatMap(([name, value]) => {
    const declared = method.parameters?.[name];
    const parameter = declared?.location === "query" ? declared : document.parameters[name];
    if (!parameter) {
      return [
        {
          field: "",
          description: `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter. Field '${name}' could not be found in request message.`,
        },
      ];
    }
    return visit(document, parameter, typed(parameter.type, value), name, name).map(wording);
  });
}

/** A query value as the type it stands for; left as text, and so refused, where it does not stand for one. */
function typed(type: string | undefined, value: string): unknown {
  if (type === "boolean" && /^(true|false)$/.test(value)) return value === "true";
  if ((type === "integer" || type === "number") && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  return value;
}

function bodyComplaints(
  document: DiscoveryDocument,
  { request }: DiscoveryMethod,
  method: GoogleMethod,
  body: JsonObject,
): readonly Complaint[] {
  if (request === undefined) {
    return Object.keys(body).map((name) => ({
      field: "",
      description: `Invalid JSON payload received. Unknown name "${name}": Cannot find field.`,
    }));
  }
  return findMismatches(document, request.$ref, body, rootOf(request.$ref, method)).map(wording);
}

/** Create and patch take the resource itself as body, and its field of the request message begins the path. */
function rootOf(schema: string, { action }: GoogleMethod): string {
  if (!/\.(create|patch)$/.test(action)) return "";
  const name = /[A-Z][a-z]+$/.exec(schema)?.[0] ?? "";
  return name.toLowerCase();
}

function wording({ kind, path, name, value, wanted }: Mismatch): Complaint {
  if (kind === "unknown-field") {
    const where = path === "" ? "" : ` at '${path}'`;
    return {
      field: path,
      description: `Invalid JSON payload received. Unknown name "${name}"${where}: Cannot find field.`,
    };
  }
  const shown = typeof value === "string" ? `"${value}"` : JSON.stringify(value);
  return { field: path, description: `Invalid value at '${path}' (${wanted}), ${shown}` };
}

/** Mismatches of a message packed into an operation, by the schema its `@type` names. */
function packed(document: DiscoveryDocument, value: unknown, path: string): readonly Mismatch[] {
  if (!isJsonObject(value) || typeof value["@type"] !== "string") return [];
  const { "@type": type, ...message } = value;
  const schema = type
    .replace("type.googleapis.com/google.cloud.run.v2.", "GoogleCloudRunV2")
    .replace("type.googleapis.com/google.protobuf.Empty", "GoogleProtobufEmpty");
  return findMismatches(document, schema, message, path);
}
