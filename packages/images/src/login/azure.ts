import { type Clock, messageOf, retry } from "#ship/kit";
import { registryAddress } from "../registry/address.ts";
import { judge, RegistryAnswer, readRefusal, translate } from "../registry/answer.ts";
import { readBounded } from "../registry/bounded-body.ts";
import type { PasswordLogin } from "../registry/credentials.ts";
import type { GivenLogin } from "./given.ts";
import { tokenUser } from "./token-user.ts";

const patience = 30_000;
const longestAnswer = 1024 * 1024;

/** What an exchange is made with. */
export interface AzureContext {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Exchanges an access token of Azure for a refresh token of the registry, which serves as its password for three hours
 * (Azure Container Registry docs, AAD-OAuth: `POST /oauth2/exchange`).
 * @throws ShipError in the registry's words
 */
export async function azureLogin(
  given: Extract<GivenLogin, { azureToken: string }>,
  { fetch, clock, signal }: AzureContext,
): Promise<PasswordLogin> {
  const { registry, azureToken, azureTenant } = given;
  const form = new URLSearchParams({
    grant_type: "access_token",
    service: registry,
    access_token: azureToken,
    ...(azureTenant !== undefined && { tenant: azureTenant }),
  });
  const exchange = async () => {
    const response = await fetch(`${registryAddress(registry)}/oauth2/exchange`, {
      method: "POST",
      body: form,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    });
    if (!response.ok) throw await readRefusal(response, clock.now());
    return readRefreshToken(await readBounded(response, longestAnswer));
  };
  try {
    const password = await retry(exchange, { clock, signal, judge });
    return { registry, username: tokenUser("any.azurecr.io", ""), password };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw translate(error, `${registry} did not take the Azure access token`, "read");
  }
}

function readRefreshToken(bytes: Uint8Array): string {
  let token: unknown;
  try {
    const body: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    token = typeof body === "object" && body !== null ? Reflect.get(body, "refresh_token") : undefined;
  } catch (error) {
    throw new RegistryAnswer(`it answered something that is no JSON: ${messageOf(error)}`, 502);
  }
  if (typeof token === "string" && token !== "") return token;
  throw new RegistryAnswer("it answered without a refresh token", 502);
}
