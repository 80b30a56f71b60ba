/** One line of the conversation with the watchdog. */
export type WatchdogChange =
  | { readonly kind: "own-group" | "release-group"; readonly group: number }
  | { readonly kind: "own-folder" | "release-folder"; readonly folder: string };

/** Writes a change as one line of JSON. */
export function formatChange(change: WatchdogChange): string {
  return `${JSON.stringify(change)}\n`;
}

/** Reads one line; throws on anything {@link formatChange} does not write. */
export function parseChange(line: string): WatchdogChange {
  const value: unknown = JSON.parse(line);
  if (typeof value === "object" && value !== null && "kind" in value) {
    const { kind } = value;
    if (
      (kind === "own-group" || kind === "release-group") &&
      "group" in value &&
      typeof value.group === "number"
    ) {
      return { kind, group: value.group };
    }
    if (
      (kind === "own-folder" || kind === "release-folder") &&
      "folder" in value &&
      typeof value.folder === "string"
    ) {
      return { kind, folder: value.folder };
    }
  }
  throw new Error(`The watchdog does not understand the line: ${line}`);
}
