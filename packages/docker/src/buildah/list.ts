import { randomUUID } from "node:crypto";
import type { BuiltImage, BuiltPart, Publication } from "#ship/images";
import { ShipError } from "#ship/kit";
import type { EngineOptions } from "../engine/options.ts";
import { cleaningSignal, type Session } from "../engine/program.ts";
import { pushWithRetries } from "../engine/pushing.ts";
import { withScratch } from "../engine/scratch.ts";
import { pushFailure } from "../failure.ts";
import { isLoopback } from "./registries.ts";

/** Pushes an image, or an index of all parts, under every reference, with the digest that the program writes down. */
export async function pushContainers(
  references: readonly string[],
  built: BuiltImage,
  attempts: number,
  session: Session,
): Promise<Publication> {
  const { call, options } = session;
  const digests = new Map<string, string | undefined>();
  const list = built.parts.length > 0 ? await createList(built.parts, session) : undefined;
  try {
    const push =
      list === undefined ? ["push"] : ["manifest", "push", "--all", "--format", listFormat(options)];
    for (const reference of references) {
      const upload = () => pushOnce([...push], list ?? built.id, reference, session);
      digests.set(reference, await pushWithRetries(upload, attempts, session));
    }
  } finally {
    if (list !== undefined)
      await call(["manifest", "rm", list], { signal: cleaningSignal() }).catch(() => {});
  }
  return { kind: "complete", digests };
}

function pushOnce(
  verb: readonly string[],
  source: string,
  reference: string,
  { call, options, signal }: Session,
): Promise<string> {
  return withScratch(options, async (scratch) => {
    const lines: string[] = [];
    const flags = ["--digestfile", scratch.path("digest"), ...transportFlags(reference)];
    const { exitCode } = await call([...verb, ...flags, source, `docker://${reference}`], {
      signal,
      onLine: (line) => lines.push(line),
    });
    const digest = await scratch.read("digest");
    // `buildah manifest push` 1.28 also ends with 0 when the registry could not be reached; it writes no digest then.
    if (exitCode !== 0 || digest === undefined) throw pushFailure(reference, lines);
    return digest;
  });
}

/** `manifest push` does not read registries.conf for this. */
function transportFlags(reference: string): string[] {
  return isLoopback(reference) ? ["--tls-verify=false"] : [];
}

/** Puts the parts together, and looks whether each is in there. @throws ShipError `BUILD_FAILED` */
async function createList(parts: readonly BuiltPart[], session: Session): Promise<string> {
  const list = `ship-${randomUUID()}`;
  await must(["manifest", "create", list], session);
  for (const { id } of parts) await must(["manifest", "add", list, id], session);
  const document: unknown = JSON.parse(await must(["manifest", "inspect", list], session));
  const found = manifestsOf(document);
  if (found !== parts.length)
    throw new ShipError("BUILD_FAILED", `The index holds ${found} images for ${parts.length} platforms.`);
  return list;
}

async function must(args: readonly string[], { call, signal }: Session): Promise<string> {
  const { exitCode, stdout, stderr } = await call(args, { signal });
  if (exitCode === 0) return stdout;
  throw new ShipError("BUILD_FAILED", `${args.slice(0, 2).join(" ")}: ${stderr.trim().split("\n").at(-1)}`);
}

function manifestsOf(document: unknown): number {
  if (typeof document !== "object" || document === null || !("manifests" in document)) return 0;
  return Array.isArray(document.manifests) ? document.manifests.length : 0;
}

/** An index is of the same family as its images. */
function listFormat({ environment }: EngineOptions): "oci" | "v2s2" {
  return environment.variable("BUILDAH_FORMAT") === "docker" ? "v2s2" : "oci";
}
