/** Where a Prometheus API answers, and as whom it is asked. */
export interface PrometheusAddress {
  /** Up to and without `/api/v1`, and without credentials. */
  readonly base: URL;
  /** The value of the Authorization header. */
  readonly authorization?: string;
}

/**
 * Takes the credentials out of an address. They are never part of it again: a request goes to an address without any, and
 * so do messages. A token goes before them.
 * @param url of a server, or of anything that has its API below a path, such as a tenant or a managed service
 */
export function readAddress(url: URL, token: string | undefined): PrometheusAddress {
  const base = new URL(url);
  base.username = "";
  base.password = "";
  base.hash = "";
  if (token !== undefined) return { base, authorization: `Bearer ${token}` };
  if (url.username === "" && url.password === "") return { base };
  const pair = `${decoded(url.username)}:${decoded(url.password)}`;
  return { base, authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** A percent sign that encodes nothing stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of an endpoint such as `query_range`; parameters of the base (a tenant, deduplication) stay. */
export function endpointOf({ base }: PrometheusAddress, endpoint: string): URL {
  const address = new URL(base);
  address.pathname = `${base.pathname.replace(/\/(?:api\/v1\/?)?$/, "")}/api/v1/${endpoint}`;
  return address;
}

/** An address as messages show it: without parameters, which may hold secrets of their own. */
export function shown({ base }: PrometheusAddress): string {
  return `${base.origin}${base.pathname.replace(/\/$/, "")}`;
}
