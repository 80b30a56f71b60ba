/** The root action's manifest: preflight's contract, with programs found in preflight's folder. */

/** The action that `org/ship@v1` itself runs. */
export const rootAction = "preflight";

/**
 * Answers `manifest` (the text of an action.yml whose programs lie beside it) for a place from which the programs lie
 * in `folder`. Everything else stays as it is, byte for byte. Fails when no program is named, because the result would
 * then run nothing.
 */
export function programsIn(manifest: string, folder: string): string {
  let moved = 0;
  const text = manifest.replace(
    /^(\s+(?:pre|main|post): *)(["']?)([\w.-]+\.js)(["']?)( *(?:#.*)?)$/gm,
    (...parts) => {
      const [, key, open, program, close, rest] = parts;
      moved += 1;
      return `${key}${open}${folder}/${program}${close}${rest}`;
    },
  );
  if (moved === 0)
    throw new Error("The manifest names no program: expected a line like `main: index.js` under `runs`.");
  return text;
}
