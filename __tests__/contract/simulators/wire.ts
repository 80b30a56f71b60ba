import type { SimulatedAws } from "#ship/simulators";

/** Settings for any AWS SDK client that shall talk to the simulation, without repeating failed calls. */
export function awsClient(aws: SimulatedAws, credentials = longLivedKeys) {
  return { endpoint: aws.url, region: aws.region, maxAttempts: 1, credentials };
}

const longLivedKeys: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } = {
  accessKeyId: "AKIATEST",
  secretAccessKey: "secret",
};

/** An Authorization header as a client would send it; the simulation does not verify the signature itself. */
export function signed(accessKeyId = "AKIATEST", region = "eu-central-1") {
  const scope = `${accessKeyId}/20260101/${region}/any/aws4_request`;
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=00`,
  };
}

/** Sends a raw request; a header set to `undefined` is left out, Authorization is added unless given. */
export async function post(
  aws: Pick<SimulatedAws, "url">,
  headers: Readonly<Record<string, string | undefined>>,
  body = "{}",
) {
  const all = Object.entries({ ...signed(), ...headers }).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  const response = await fetch(aws.url, { method: "POST", headers: all, body });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
