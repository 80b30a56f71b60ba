import {
  type ContainerRuntime,
  folderBlobStore,
  type SimulatedAws,
  startSimulatedAws,
} from "#ship/simulators";
import { sampleRepository } from "./places.ts";

/** The environments of the sample, which are also the names of its clusters. */
export const environmentNames = ["staging", "production"] as const;
export type EnvironmentName = (typeof environmentNames)[number];

/** The role that jobs of the sample assume, and how long AWS's own work takes, in milliseconds. */
export const roleName = "shop-api-deploy";
const pace = {
  schedulerInterval: 200,
  provisioning: 400,
  pulling: 200,
  activating: 100,
  deprovisioning: 200,
  drainLimit: 3_000,
  settling: 1_000,
  backoffFirst: 500,
  backoffLimit: 5_000,
  alarmBake: 1_000,
  stage: 200,
  // A second of a task definition lasts half of one, so that its health check every 5 s is made every 2.5 s.
  second: 500,
  minute: 2_000,
};
/** A second of a load balancer, milliseconds: the shortest interval AWS takes, 5 s, becomes one check a second. */
const balancerSecond = 200;

/** What an account is made for. */
export interface AccountOptions {
  readonly runtime: ContainerRuntime;
  /** Connection string of each environment's database. */
  readonly databaseUrl: (environment: EnvironmentName) => string;
  /** Existing folder for pushed images. */
  readonly images: string;
}

/**
 * Starts a simulated AWS account whose deployment role trusts the jobs of the sample's two environments and of its main
 * branch, and whose tasks find the database of their own cluster in the parameter store.
 */
export async function startAccount({ runtime, databaseUrl, images }: AccountOptions): Promise<SimulatedAws> {
  return startSimulatedAws({
    models: "none",
    runtime,
    blobs: await folderBlobStore(images),
    repositories: ["shop-api"],
    roles: [
      {
        name: roleName,
        subjects: [
          ...environmentNames.map((name) => `repo:${sampleRepository}:environment:${name}`),
          `repo:${sampleRepository}:ref:refs/heads/main`,
        ],
      },
    ],
    unknownKeys: "reject",
    ecs: {
      pace,
      consistencyDelay: 200,
      secret: (valueFrom, cluster) => {
        const environment = environmentNames.find((name) => name === cluster);
        const known = valueFrom.endsWith(":parameter/shop-api/database-url");
        return known && environment ? databaseUrl(environment) : undefined;
      },
    },
    elbv2: { second: balancerSecond },
  });
}
