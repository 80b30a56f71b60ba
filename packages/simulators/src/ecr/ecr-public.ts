import { type JsonObject, type ServiceCall, ServiceFault, type SimulatedService } from "../service.ts";
import type { RegistryPasswords } from "./passwords.ts";

/** The one region that has the service (API reference: Amazon ECR Public endpoints). */
const onlyRegion = "us-east-1";

/** Amazon ECR Public, as far as logging in goes; the gallery itself has one host for the whole world and is not simulated. */
export function createEcrPublic(passwords: RegistryPasswords): SimulatedService {
  return {
    name: "ecr-public",
    protocols: [{ kind: "json", targetPrefix: "SpencerFrontendService", version: "1.1" }],
    handlers: {
      GetAuthorizationToken(_input: JsonObject, { region }: ServiceCall): JsonObject {
        if (region !== onlyRegion) {
          throw new ServiceFault(
            "UnsupportedCommandException",
            `Amazon ECR Public has no endpoint in ${region}, only in ${onlyRegion}`,
          );
        }
        const { password, expiresAt } = passwords.issue();
        return {
          authorizationData: {
            authorizationToken: Buffer.from(`AWS:${password}`).toString("base64"),
            expiresAt: new Date(expiresAt),
          },
        };
      },
    },
  };
}
