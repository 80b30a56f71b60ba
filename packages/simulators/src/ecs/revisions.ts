import type { Handler, JsonObject } from "../service.ts";
import type { EcsContext } from "./context.ts";
import { invalid } from "./faults.ts";
import { date, present, text, texts } from "./input.ts";
import type { Revision, Service } from "./model.ts";
import { definitionOf } from "./service-settings.ts";

/**
 * Target groups that a new revision's tasks go to: with traffic shifting the group that the current revision does not
 * use, otherwise the configured one.
 */
function targetGroupsFor(service: Service, serving: Revision | undefined): string[] {
  return service.settings.loadBalancers.map(({ targetGroupArn, shifting }, index) => {
    const inUse = serving?.targetGroupArns[index];
    return shifting && inUse === targetGroupArn ? shifting.alternateTargetGroupArn : targetGroupArn;
  });
}

/** Freezes the service's settings in a new revision. `serving` is the revision that takes production traffic now. */
export function newRevision(
  ecs: EcsContext,
  service: Service,
  deploymentId: string,
  serving: Revision | undefined,
): Revision {
  const revision: Revision = {
    arn: ecs.arns.serviceRevision(service.cluster.name, service.name, deploymentId),
    createdAt: ecs.clock.now(),
    settings: service.settings,
    targetGroupArns: targetGroupsFor(service, serving),
  };
  service.revisions.push(revision);
  return revision;
}

function view(ecs: EcsContext, service: Service, revision: Revision): JsonObject {
  const { settings } = revision;
  const containers = definitionOf(ecs, settings)?.containers ?? [];
  const resolved = revision.targetGroupArns.map((targetGroupArn, index) =>
    present({
      targetGroupArn,
      productionListenerRule: settings.loadBalancers[index]?.shifting?.productionListenerRule,
    }),
  );
  return present({
    serviceRevisionArn: revision.arn,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    taskDefinition: settings.taskDefinitionArn,
    capacityProviderStrategy:
      settings.capacityProviderStrategy.length > 0 ? settings.capacityProviderStrategy : undefined,
    launchType: settings.launchType,
    platformVersion: settings.platformVersion === "LATEST" ? "1.4.0" : settings.platformVersion,
    platformFamily: settings.launchType === "FARGATE" ? "Linux" : undefined,
    loadBalancers: settings.loadBalancers.map(({ body }) => body),
    serviceRegistries: settings.serviceRegistries,
    networkConfiguration: settings.networkConfiguration,
    containerImages: containers.map((container) => ({
      containerName: text(container, "name"),
      image: text(container, "image"),
    })),
    guardDutyEnabled: false,
    serviceConnectConfiguration: settings.serviceConnectConfiguration,
    volumeConfigurations: settings.volumeConfigurations,
    vpcLatticeConfigurations: settings.vpcLatticeConfigurations,
    createdAt: date(revision.createdAt),
    resolvedConfiguration: resolved.length > 0 ? { loadBalancers: resolved } : undefined,
  });
}

export const revisionHandlers = (ecs: EcsContext): { DescribeServiceRevisions: Handler } => ({
  DescribeServiceRevisions(input) {
    const arns = texts(input, "serviceRevisionArns") ?? [];
    if (arns.length === 0 || arns.length > 20) {
      throw invalid(`serviceRevisionArns names ${arns.length} revisions; it must name 1 to 20.`);
    }
    const known = [...ecs.state.services.values()].flatMap((service) =>
      service.revisions.map((revision) => ({ service, revision })),
    );
    const found = arns.flatMap((arn) => known.find(({ revision }) => revision.arn === arn) ?? []);
    const missing = arns.filter((arn) => !known.some(({ revision }) => revision.arn === arn));
    return {
      serviceRevisions: found.map(({ service, revision }) => view(ecs, service, revision)),
      failures: missing.map((arn) => ({ arn, reason: "MISSING" })),
    };
  },
});
