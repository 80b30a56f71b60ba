import { isIPv4 } from "node:net";

/**
 * Whether a host is this machine's own loopback network (127.0.0.0/8 or ::1). A target may be registered under any
 * address, but the simulation sends requests to these only: nothing it does may reach another machine.
 */
export function isLoopback(host: string): boolean {
  return host === "::1" || (isIPv4(host) && host.startsWith("127."));
}
