import { parse } from "csv-parse/sync";

/**
 * The user's own `cache-to` line, so that a failed export does not fail the build: `ignore-error=true` is added where the line
 * does not say otherwise. A plain reference is the short form of `type=registry` (docker/buildx: ParseCacheEntry).
 */
export function tolerantExport(line: string): string {
  const fields = fieldsOf(line);
  if (fields.length === 1 && !line.includes("=")) return `type=registry,ref=${line},ignore-error=true`;
  const keys = fields.map((field) => field.split("=")[0]?.trim().toLowerCase());
  // The inline cache is a part of the image: there is no export that could fail.
  const inline = fields.some((field) => field.trim().toLowerCase() === "type=inline");
  return inline || keys.includes("ignore-error") ? line : `${line},ignore-error=true`;
}

function fieldsOf(line: string): readonly string[] {
  const [record = []] = parse(line, { relax_quotes: true }) as string[][];
  return record;
}
