import type { Publication } from "#ship/images";
import type { Session } from "../engine/program.ts";
import { pushWithRetries } from "../engine/pushing.ts";
import { pushFailure } from "../failure.ts";

/** Pushes images of Docker's store, each under its reference. */
export async function pushReferences(
  references: readonly string[],
  attempts: number,
  session: Session,
): Promise<Publication> {
  const digests = new Map<string, string | undefined>();
  for (const reference of references)
    digests.set(reference, await pushReference(reference, attempts, session));
  return { kind: "complete", digests };
}

/** Pushes one reference and answers the digest that Docker reports for it. @throws ShipError `PUSH_FAILED` */
export async function pushReference(
  reference: string,
  attempts: number,
  session: Session,
): Promise<string | undefined> {
  const lines = await pushWithRetries(
    async () => {
      const output: string[] = [];
      const { exitCode } = await session.call(["push", reference], {
        signal: session.signal,
        onLine: (line) => output.push(line),
      });
      if (exitCode !== 0) throw pushFailure(reference, output);
      return output;
    },
    attempts,
    session,
  );
  const said = lines.map((line) => /\bdigest: (sha256:[0-9a-f]{64})\b/.exec(line)?.[1]).findLast(Boolean);
  return said ?? (await recordedDigest(reference, session));
}

async function recordedDigest(reference: string, { call, signal }: Session): Promise<string | undefined> {
  const { exitCode, stdout } = await call(
    ["image", "inspect", "--format", '{{join .RepoDigests "\\n"}}', reference],
    { signal },
  );
  if (exitCode !== 0) return undefined;
  const name = reference.slice(0, reference.lastIndexOf(":"));
  return stdout
    .split("\n")
    .find((digest) => digest.startsWith(`${name}@`))
    ?.slice(name.length + 1);
}
