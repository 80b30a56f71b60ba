import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A JSON schema as discovery documents write it (https://developers.google.com/discovery/v1/type-format). */
export interface DiscoverySchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, DiscoverySchema>>;
  readonly additionalProperties?: DiscoverySchema;
  readonly items?: DiscoverySchema;
}

/** A parameter of a method. */
export interface DiscoveryParameter extends DiscoverySchema {
  readonly location: "path" | "query";
  readonly repeated?: boolean;
}

export interface DiscoveryMethod {
  readonly id: string;
  readonly parameters?: Readonly<Record<string, DiscoveryParameter>>;
  readonly request?: { readonly $ref: string };
  readonly response?: { readonly $ref: string };
}

/** The official description of one API, with its methods by id. */
export interface DiscoveryDocument {
  readonly methods: ReadonlyMap<string, DiscoveryMethod>;
  /** Parameters every method takes. */
  readonly parameters: Readonly<Record<string, DiscoverySchema>>;
  readonly schemas: Readonly<Record<string, DiscoverySchema>>;
}

interface Resource {
  readonly methods?: Readonly<Record<string, DiscoveryMethod>>;
  readonly resources?: Readonly<Record<string, Resource>>;
}

interface RawDocument extends Resource {
  readonly parameters?: Readonly<Record<string, DiscoverySchema>>;
  readonly schemas?: Readonly<Record<string, DiscoverySchema>>;
}

/** Finds a document by file name without `.json`; undefined when it is not on this machine. */
export type DiscoveryDocuments = (name: string) => DiscoveryDocument | undefined;

const loaded = new Map<string, DiscoveryDocument>();

/** Reads documents from a folder, each once and only when needed. Without a folder nothing is validated. */
export function openDocuments(folder: string | undefined): DiscoveryDocuments {
  return (name) => {
    if (folder === undefined) return undefined;
    const file = join(folder, `${name}.json`);
    const known = loaded.get(file);
    if (known) return known;
    if (!existsSync(file)) return undefined;
    const raw: RawDocument = JSON.parse(readFileSync(file, "utf8"));
    if (!raw.schemas) throw new Error(`${file} is not a discovery document: it has no schemas.`);
    const methods = new Map([...methodsOf(raw)].map((method) => [method.id, method]));
    const document = { methods, parameters: raw.parameters ?? {}, schemas: raw.schemas };
    loaded.set(file, document);
    return document;
  };
}

function* methodsOf(resource: Resource): Generator<DiscoveryMethod> {
  yield* Object.values(resource.methods ?? {});
  for (const inner of Object.values(resource.resources ?? {})) yield* methodsOf(inner);
}
