import type { CallRecord } from "../front/call-log.ts";

/** Members that tell best what a call is about, the most telling first. */
const keyMembers = [
  "service",
  "services",
  "serviceName",
  "serviceDeploymentArn",
  "deploymentId",
  "deploymentGroupName",
  "applicationName",
  "taskDefinition",
  "family",
  "task",
  "tasks",
  "RuleArn",
  "ListenerArn",
  "TargetGroupArn",
  "LoadBalancerArn",
  "repositoryName",
  "repositoryNames",
  "logStreamName",
  "logGroupName",
  "RoleArn",
  "AlarmNames",
  "cluster",
  "clusters",
  "clusterName",
  "Names",
];

/** One line about a call: service, action, key argument, status, milliseconds. */
export function callLine(call: CallRecord): string {
  const outcome = call.status === 0 ? "cut" : [call.status, call.errorCode].filter(Boolean).join(" ");
  const fault = call.fault === undefined ? "" : ` (injected: ${call.fault})`;
  const argument = keyArgument(call);
  return `${call.service} ${call.action}${argument ? ` ${argument}` : ""} ${outcome} ${Math.round(call.milliseconds)} ms${fault}`;
}

function keyArgument(call: CallRecord): string {
  for (const member of keyMembers) {
    const value = call.input[member];
    if (typeof value === "string" && value !== "") return shorten(value);
    if (Array.isArray(value) && value.length > 0) return value.map((item) => shorten(String(item))).join(",");
  }
  return "";
}

/** ARNs are told by what follows the account. */
function shorten(value: string): string {
  return value.startsWith("arn:") ? value.split(":").slice(5).join(":") : value;
}
