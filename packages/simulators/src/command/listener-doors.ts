import type { SimulatedAws } from "../cloud.ts";
import { isJsonObject } from "../members.ts";
import type { JsonObject } from "../service.ts";

/** Where a listener of a load balancer really answers. */
export interface ListenerDoor {
  readonly balancer: string;
  readonly listenerArn: string;
  /** As the account knows it; the real port is in `url`. */
  readonly port: number;
  readonly url: string;
}

/** Every listener of the account that serves HTTP, in the order of creation. */
export async function doorsOf(aws: SimulatedAws): Promise<ListenerDoor[]> {
  const doors: ListenerDoor[] = [];
  const balancers = await aws.call("elbv2", "DescribeLoadBalancers", {});
  for (const balancer of objects(balancers, "LoadBalancers")) {
    const LoadBalancerArn = String(balancer["LoadBalancerArn"]);
    const listeners = await aws.call("elbv2", "DescribeListeners", { LoadBalancerArn });
    for (const listener of objects(listeners, "Listeners")) {
      const listenerArn = String(listener["ListenerArn"]);
      const endpoint = aws.elbv2.endpoint(listenerArn);
      if (!endpoint) continue;
      doors.push({
        balancer: String(balancer["LoadBalancerName"]),
        listenerArn,
        port: Number(listener["Port"]),
        url: `http://${endpoint.host}:${endpoint.port}`,
      });
    }
  }
  return doors;
}

function objects(answer: JsonObject, member: string): JsonObject[] {
  const list = answer[member];
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
