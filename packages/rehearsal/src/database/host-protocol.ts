/** What the parent tells the database host in its first line. */
export interface HostRequest {
  /** Exists, is empty, and belongs to the server from now on: it is removed when the server ends. */
  readonly directory: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** URL of the engine's module to use instead of the installed one. */
  readonly engine?: string;
}

/** What the database host tells its parent, once. */
export type HostReport = { readonly kind: "ready" } | { readonly kind: "failed"; readonly reason: string };

/** Reads the line the parent wrote; throws when it is not a {@link HostRequest}. */
export function parseHostRequest(line: string): HostRequest {
  const value: unknown = JSON.parse(line);
  if (
    typeof value === "object" &&
    value !== null &&
    "directory" in value &&
    typeof value.directory === "string" &&
    "port" in value &&
    typeof value.port === "number" &&
    "user" in value &&
    typeof value.user === "string" &&
    "password" in value &&
    typeof value.password === "string"
  ) {
    const { directory, port, user, password } = value;
    const engine = "engine" in value && typeof value.engine === "string" ? { engine: value.engine } : {};
    return { directory, port, user, password, ...engine };
  }
  throw new Error("The database host got something else than {directory, port, user, password}.");
}

/** Writes a report as one line of JSON. */
export function formatReport(report: HostReport): string {
  return `${JSON.stringify(report)}\n`;
}

/** Reads a report; undefined for any other output. */
export function parseReport(line: string): HostReport | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || !("kind" in value)) return undefined;
    if (value.kind === "ready") return { kind: "ready" };
    if (value.kind === "failed" && "reason" in value && typeof value.reason === "string") {
      return { kind: "failed", reason: value.reason };
    }
    return undefined;
  } catch {
    return undefined;
  }
}
