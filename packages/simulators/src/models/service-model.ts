import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** A shape of the botocore service description (C2J). */
export interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, { readonly shape: string; readonly locationName?: string }>>;
  readonly required?: readonly string[];
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly document?: boolean;
  readonly error?: { readonly code: string };
}

/** The official description of one service's calls. */
export interface ServiceModel {
  readonly operations: Readonly<
    Record<
      string,
      {
        readonly input?: { readonly shape: string };
        readonly output?: { readonly shape: string };
        readonly errors?: readonly { readonly shape: string }[];
      }
    >
  >;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** Finds the model of a service by its short name; `undefined` when there is none on this machine. */
export type ServiceModels = (service: string) => ServiceModel | undefined;

const folderByService: Readonly<Record<string, string>> = {
  ecs: "ecs",
  ecr: "ecr",
  elbv2: "elastic-load-balancing-v2",
  cloudwatch: "cloudwatch",
  logs: "cloudwatch-logs",
  sts: "sts",
  codedeploy: "codedeploy",
};

const loaded = new Map<string, ServiceModel | undefined>();

/** The folder of API models beside the repository, when present. */
export function findModels(): string | undefined {
  const beside = fileURLToPath(new URL("../../../../../shared/api-models", import.meta.url));
  return existsSync(beside) ? beside : undefined;
}

/**
 * Reads models from a folder that holds `aws-models/botocore/<service>/service-2.json`, each once and only when needed.
 * With no folder nothing is validated.
 */
export function openModels(folder: string | undefined): ServiceModels {
  if (folder === undefined) return () => undefined;
  const root = resolve(folder);
  return (service) => {
    const name = folderByService[service];
    if (name === undefined) return undefined;
    const file = join(root, "aws-models", "botocore", name, "service-2.json");
    if (!loaded.has(file)) loaded.set(file, existsSync(file) ? readModel(file) : undefined);
    return loaded.get(file);
  };
}

function readModel(file: string): ServiceModel {
  const model: Partial<ServiceModel> = JSON.parse(readFileSync(file, "utf8"));
  if (!model.operations || !model.shapes) {
    throw new Error(`${file} is not a botocore service model: it has no operations or no shapes.`);
  }
  return { operations: model.operations, shapes: model.shapes };
}
