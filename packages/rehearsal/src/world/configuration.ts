import type { RunEnvironment } from "../runner/index.ts";
import type { Release, Scenario, Variables } from "../scenario/index.ts";
import { type EnvironmentName, roleName } from "./account.ts";
import type { PairBalancer } from "./balancers.ts";
import { serviceNames } from "./services.ts";

/** The account as variables name it. */
export interface AccountNames {
  readonly region: string;
  readonly accountId: string;
}

/** Variables of the sample's repository, as the template's header asks for them; `image` is where it is pushed to. */
export function repositoryVariables(
  account: AccountNames,
  image: { readonly name: string; readonly buildArguments: string } | undefined,
): Variables {
  return {
    ...common(account),
    ...(image ? { IMAGE_NAME: image.name, ECR: "true", BUILD_ARGS: image.buildArguments } : {}),
  };
}

/**
 * Variables and secrets of the sample's environments, as the template's header asks for them. The canary is as in
 * production, but in seconds, so that a rehearsal takes a minute; METRIC_ and POLL_ values follow from that.
 */
export function environments(
  account: AccountNames,
  scenario: Scenario,
  production: PairBalancer,
  databaseUrl: (environment: EnvironmentName) => string,
): Readonly<Record<EnvironmentName, RunEnvironment>> {
  const shared = { ...common(account), CONTAINER_NAME: "api", POLL_INTERVAL: "500ms" };
  return {
    staging: {
      vars: { ...shared, ECS_CLUSTER: "staging", ECS_SERVICE: serviceNames.staging },
      secrets: { DATABASE_URL: databaseUrl("staging") },
    },
    production: {
      vars: {
        ...shared,
        ECS_CLUSTER: "production",
        ECS_SERVICES: `${serviceNames.blue},${serviceNames.green}`,
        LISTENER_RULE_ARN: production.ruleArn,
        CANARY_STEPS: "10,25,50,100",
        CANARY_INTERVAL: "5s",
        CANARY_WARMUP: "1s",
        CANARY_BAKE: "4s",
        // Evidence is waited for: only the scenarios about missing evidence run out of time.
        CANARY_MAX_STEP: "60s",
        // Seconds of 100 requests a second show a hundredfold error rate at 10 % of the traffic, not a fivefold one.
        CANARY_DETECT: "100",
        METRIC_PERIOD: "1s",
        METRIC_LAG: "2s",
        APP_ENVIRONMENT: lines(behaviour(scenario, "new")),
        ...scenario.configuration,
      },
      secrets: { DATABASE_URL: databaseUrl("production") },
    },
  };
}

/**
 * Environment variables of a release in production. Both wait as for a system downstream: what a busy machine adds to
 * that is small beside it, so that two equal releases look equal.
 */
export function behaviour({ releases }: Pick<Scenario, "releases">, release: Release): Variables {
  return { SHOP_WORK_MS: "40", ...releases[release] };
}

function common({ region, accountId }: AccountNames): Variables {
  return { AWS_REGION: region, AWS_ROLE_ARN: `arn:aws:iam::${accountId}:role/${roleName}` };
}

function lines(variables: Variables): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}`)
    .join("\n");
}
