/** Replaces secrets in everything that leaves a job. */
export interface Masker {
  /** Registers a secret: the whole, each of its lines, and its JSON form. */
  add(secret: string): void;
  /** The text with every secret as `***`; overlapping and adjacent secrets become one. */
  mask(text: string): string;
}

/** Creates a masker that knows `secrets`. */
export function createMasker(secrets: readonly string[]): Masker {
  const known = new Set<string>();
  const add = (secret: string) => {
    const lines = secret.split(/\r?\n/).map((line) => line.trim());
    for (const form of [secret, secret.trim(), JSON.stringify(secret).slice(1, -1), ...lines]) {
      if (form.trim() !== "") known.add(form);
    }
  };
  for (const secret of secrets) add(secret);

  const spans = (text: string): readonly (readonly [number, number])[] => {
    const found: [number, number][] = [];
    for (const secret of known) {
      for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1))
        found.push([at, at + secret.length]);
    }
    return found.sort(([a], [b]) => a - b);
  };

  return {
    add,
    mask(text) {
      let masked = "";
      let shown = 0;
      let open = false;
      for (const [start, end] of spans(text)) {
        if (open && start <= shown) {
          shown = Math.max(shown, end);
          continue;
        }
        masked += `${text.slice(shown, start)}***`;
        shown = end;
        open = true;
      }
      return masked + text.slice(shown);
    },
  };
}
