import type { BuildStep } from "#ship/images";
import type { ProgressReader } from "./reader.ts";

interface Vertex {
  readonly name: string;
  readonly instruction: string;
  state: "open" | "cached" | "built";
  tookMs: number | undefined;
}

/** BuildKit's plain progress (moby/buildkit: util/progress/progressui/printer.go). */
const header = /^#(\d+) \[((?:[^\]]* )?\d+\/\d+)\] (.+)$/;
const ended = /^#(\d+) (CACHED|DONE|ERROR|CANCELED)(?:[: ] ?(.*))?$/;
const failed = /^\s*> \[((?:[^\]]* )?\d+\/\d+)\] (.+?):?$/;
const warned = /^(?:#\d+ )?(?:WARN(?:ING)?: |\[Warning\] )(.+)$/;
const listedWarning = /^ - (\w+: .+)$/;
const config = /^#\d+ (?:exporting config|writing image) (sha256:[0-9a-f]{64})/;

/** What BuildKit told about a build. */
export interface BuildKitProgress extends ProgressReader {
  /** Config digests of the images that were exported. */
  configs(): readonly string[];
}

/** Reads BuildKit's plain progress. Base images (`FROM`) are no steps of this build. */
export function buildKitProgress(): BuildKitProgress {
  const vertices = new Map<string, Vertex>();
  const warnings = new Set<string>();
  const configs = new Set<string>();
  let failing: { readonly name: string; readonly instruction: string } | undefined;

  return {
    line(text) {
      const begun = header.exec(text);
      if (begun) {
        const [, number = "", name = "", instruction = ""] = begun;
        if (!vertices.has(number))
          vertices.set(number, { name, instruction, state: "open", tookMs: undefined });
        return;
      }
      const end = ended.exec(text);
      if (end) {
        const [, number = "", state, rest = ""] = end;
        const vertex = vertices.get(number);
        if (!vertex) return;
        if (state === "ERROR") failing = vertex;
        if (state === "CACHED") vertex.state = "cached";
        if (state === "DONE") {
          if (vertex.state === "open") vertex.state = "built";
          vertex.tookMs = seconds(rest);
        }
        return;
      }
      const culprit = failed.exec(text);
      if (culprit) failing = { name: culprit[1] ?? "", instruction: culprit[2] ?? "" };
      const warning = warned.exec(text) ?? listedWarning.exec(text);
      if (warning?.[1]) warnings.add(warning[1]);
      const exported = config.exec(text);
      if (exported?.[1]) configs.add(exported[1]);
    },
    steps: () => [...vertices.values()].flatMap(asStep),
    warnings: () => [...warnings],
    failing: () => failing ?? [...vertices.values()].at(-1),
    configs: () => [...configs],
  };
}

function asStep({ name, instruction, state, tookMs }: Vertex): BuildStep[] {
  if (state === "open" || /^FROM\b/i.test(instruction)) return [];
  return [{ name, instruction, state, tookMs: state === "cached" ? 0 : tookMs }];
}

function seconds(text: string): number | undefined {
  const found = /^([\d.]+)s$/.exec(text.trim());
  return found ? Math.round(Number(found[1]) * 1_000) : undefined;
}
