import type { Finding } from "#ship/images";

/** A finding with what a test cares about. */
export function finding(changes: Partial<Finding> = {}): Finding {
  return {
    id: "CVE-2026-1000",
    aliases: [],
    severity: "high",
    package: "openssl",
    installed: "3.0.1",
    fix: { kind: "version", version: "3.0.2" },
    target: "alpine",
    title: "openssl: a flaw",
    url: "https://nvd.example/CVE-2026-1000",
    ...changes,
  };
}
