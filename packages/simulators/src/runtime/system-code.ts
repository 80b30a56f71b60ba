/** The `code` of an error of the operating system (`ESRCH`) or of a child process (its exit code); undefined without one. */
export function systemCode(cause: unknown): string | number | undefined {
  if (typeof cause !== "object" || cause === null || !("code" in cause)) return undefined;
  return typeof cause.code === "string" || typeof cause.code === "number" ? cause.code : undefined;
}
