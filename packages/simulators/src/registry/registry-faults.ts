/**
 * What can go wrong at a registry. Before it does any work: `unavailable`: 503; `too-many-requests`: 429 with Retry-After;
 * `reset`: the connection is cut; `denied`: 403; `forgotten-upload`: 404, the upload session is gone; `forgotten-tokens`: every token that
 * was handed out is worth nothing from now on.
 * While or after it: `reset-mid-upload`: cut after the first bytes of the body; `lost-answer`: carried out, but cut before the
 * answer; `slow`: answered after a while; `moved-tag`: after a manifest was put under a tag, another writer puts another
 * image there; `corrupt-content`: a byte of a blob or manifest is wrong; `no-digest`: the answer lacks Docker-Content-Digest.
 */
export type RegistryFaultKind =
  | "unavailable"
  | "too-many-requests"
  | "reset"
  | "denied"
  | "forgotten-upload"
  | "forgotten-tokens"
  | "reset-mid-upload"
  | "lost-answer"
  | "slow"
  | "moved-tag"
  | "corrupt-content"
  | "no-digest";

/** A rule that strikes the next `times` matching requests. */
export interface RegistryFault {
  readonly kind: RegistryFaultKind;
  readonly times: number;
  /** Matching requests that pass unharmed before the first is struck; 0 when absent. */
  readonly after?: number;
  /** HTTP method to strike; absent: any. */
  readonly method?: string;
  /** Part of the path to strike, for example `/blobs/uploads/`; absent: any. */
  readonly path?: string;
  /** Seconds: of Retry-After, 1 when absent; or of slowness, 60 when absent. */
  readonly seconds?: number;
}

/** The faults to come. */
export interface RegistryFaults {
  add(fault: RegistryFault): void;
  clear(): void;
  /** The fault that strikes this request, if any; uses it up. */
  strike(method: string, path: string): RegistryFault | undefined;
}

/** Creates an empty list of faults. */
export function createRegistryFaults(): RegistryFaults {
  let pending: { readonly fault: RegistryFault; pass: number; left: number }[] = [];
  return {
    add: (fault) => void pending.push({ fault, pass: fault.after ?? 0, left: fault.times }),
    clear() {
      pending = [];
    },
    strike(method, path) {
      const matching = pending.filter(
        ({ fault, left }) =>
          left > 0 && (fault.method ?? method) === method && path.includes(fault.path ?? ""),
      );
      const entry = matching.find(({ pass }) => pass === 0);
      for (const waiting of matching) if (waiting.pass > 0) waiting.pass -= 1;
      if (!entry) return undefined;
      entry.left -= 1;
      return entry.fault;
    },
  };
}
