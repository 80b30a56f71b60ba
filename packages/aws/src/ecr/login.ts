import type { Login } from "#ship/images";
import type { AwsSession } from "../session.ts";

const ecrHost =
  /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn|amazonaws\.eu)$/;

/** The region of a private ECR registry; `undefined` for any other host. */
export function ecrRegion(registry: string): string | undefined {
  return ecrHost.exec(registry)?.[2];
}

/** Asks ECR for a login of `registry`; it lasts twelve hours. @throws ShipError in ECR's words */
export async function ecrLogin(registry: string, session: AwsSession): Promise<Login> {
  const { authorizationToken } = await import("./client.ts");
  const token = await authorizationToken(session);
  const [username = "", password = ""] = Buffer.from(token, "base64").toString().split(":");
  return { registry, username, password };
}
