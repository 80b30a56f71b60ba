import { isLoopback } from "../../loopback.ts";
import type { AccessTokens } from "../auth/tokens.ts";
import type { Job } from "./job.ts";

export interface AttemptOptions {
  readonly tokens: AccessTokens;
  /** Where this simulation answers, which is where calls of `*.googleapis.com` go. */
  readonly self: () => string;
}

/** google.rpc.Code of HTTP statuses that a target answers. */
const codeOf: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  409: 10,
  429: 8,
  500: 13,
  503: 14,
};

/**
 * Calls a job's target once over HTTP with a token of its service account. Answers undefined when it answered 2xx, else
 * the google.rpc.Code. Hosts other than Google's and this machine's are unreachable (14): nothing leaves the machine.
 */
export async function attempt({ name, settings }: Job, options: AttemptOptions): Promise<number | undefined> {
  const { httpTarget } = settings;
  const url = reachable(httpTarget.uri, options.self());
  if (url === undefined) return 14;
  const { oauthToken, body } = httpTarget;
  const headers = new Headers({
    "user-agent": "Google-Cloud-Scheduler",
    "x-cloudscheduler": "true",
    "x-cloudscheduler-jobname": name.split("/").at(-1) ?? name,
    ...(body === undefined ? {} : { "content-type": "application/octet-stream" }),
  });
  for (const [key, value] of Object.entries(httpTarget.headers)) headers.set(key, value);
  if (oauthToken) {
    const { serviceAccountEmail: email, scope } = oauthToken;
    const token = options.tokens.issue(
      { member: `serviceAccount:${email}`, email },
      3600,
      scope.split(/[ ,]+/),
    );
    headers.set("authorization", `Bearer ${token.value}`);
  }
  try {
    const response = await fetch(url, {
      method: httpTarget.httpMethod,
      headers,
      redirect: "manual",
      ...(body === undefined ? {} : { body: Buffer.from(body, "base64") }),
    });
    await response.body?.cancel();
    return response.ok ? undefined : (codeOf[response.status] ?? 2);
  } catch {
    return 14;
  }
}

function reachable(uri: string, self: string): string | undefined {
  const { hostname, pathname, search } = new URL(uri);
  if (hostname.endsWith(".googleapis.com")) return `${self}${pathname}${search}`;
  return hostname === "localhost" || isLoopback(hostname) ? uri : undefined;
}
