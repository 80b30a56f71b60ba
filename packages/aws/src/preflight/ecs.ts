import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import type { AwsSession } from "../session.ts";
import type { FoundService } from "./index.ts";

/** DescribeServices takes at most this many (ECS API reference). */
const mostServices = 10;

export async function findServices(
  cluster: string,
  services: readonly string[],
  session: AwsSession,
): Promise<readonly FoundService[]> {
  const client = new ECSClient(session.config);
  try {
    const found: FoundService[] = [];
    for (let start = 0; start < services.length; start += mostServices) {
      const wanted = services.slice(start, start + mostServices);
      const answer = await session.call("ecs:DescribeServices", (abortSignal) =>
        client.send(new DescribeServicesCommand({ cluster, services: [...wanted] }), { abortSignal }),
      );
      for (const name of wanted) {
        const service = answer.services?.find(
          ({ serviceName, serviceArn }) => serviceArn === name || serviceName === name.split("/").at(-1),
        );
        found.push({
          name,
          status: service ? (service.status ?? "ACTIVE") : "MISSING",
          running: service?.runningCount ?? 0,
          desired: service?.desiredCount ?? 0,
        });
      }
    }
    return found;
  } finally {
    client.destroy();
  }
}
