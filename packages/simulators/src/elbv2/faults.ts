import { memberReader } from "../members.ts";
import { ServiceFault } from "../service.ts";

/** A request that does not fit the API's rules, as ELB words most of its refusals. */
export function validationError(message: string): ServiceFault {
  return new ServiceFault("ValidationError", message);
}

/** Faults in the codes and words of Elastic Load Balancing v2. */
export const faults = {
  loadBalancerNotFound: (wanted: string) =>
    new ServiceFault("LoadBalancerNotFound", `Load balancers '[${wanted}]' not found`),
  targetGroupNotFound: () => new ServiceFault("TargetGroupNotFound", "One or more target groups not found"),
  listenerNotFound: () => new ServiceFault("ListenerNotFound", "One or more listeners not found"),
  ruleNotFound: () => new ServiceFault("RuleNotFound", "One or more rules not found"),
  duplicateLoadBalancer: (name: string) =>
    new ServiceFault(
      "DuplicateLoadBalancerName",
      `A load balancer with the same name '${name}' exists, but with different settings`,
    ),
  duplicateTargetGroup: (name: string) =>
    new ServiceFault(
      "DuplicateTargetGroupName",
      `A target group with the same name '${name}' exists, but with different settings`,
    ),
  duplicateListener: (loadBalancerArn: string) =>
    new ServiceFault(
      "DuplicateListener",
      `A listener already exists on this port for this load balancer '${loadBalancerArn}'`,
    ),
  priorityInUse: (priority: number) =>
    new ServiceFault("PriorityInUse", `Priority '${priority}' is currently in use`),
  defaultRule: (arn: string, verb: "modified" | "deleted") =>
    new ServiceFault("OperationNotPermitted", `Default rule '${arn}' cannot be ${verb}`),
  targetGroupInUse: (arn: string) =>
    new ServiceFault("ResourceInUse", `Target group '${arn}' is currently in use by a listener or a rule`),
  invalidConfiguration: (message: string) => new ServiceFault("InvalidConfigurationRequest", message),
  invalidAction: (message: string) => new ServiceFault("InvalidLoadBalancerAction", message),
  invalidTarget: (message: string) => new ServiceFault("InvalidTarget", message),
};

/** Reads members of decoded ELBv2 inputs; a misfit is a ValidationError. */
export const read = memberReader(validationError);
