/** What can go wrong at a registry. Each rule strikes the next `times` matching requests. */
export interface RegistryFault {
  /** `unavailable`: 503; `too-many-requests`: 429 with Retry-After; `reset`: the connection is cut. */
  readonly kind: "unavailable" | "too-many-requests" | "reset";
  readonly times: number;
  /** HTTP method to strike; absent: any. */
  readonly method?: string;
  /** Part of the path to strike, for example `/blobs/uploads/`; absent: any. */
  readonly path?: string;
}

/** The faults to come. */
export interface RegistryFaults {
  add(fault: RegistryFault): void;
  clear(): void;
  /** The fault that strikes this request, if any; uses it up. */
  strike(method: string, path: string): RegistryFault["kind"] | undefined;
}

/** Creates an empty list of faults. */
export function createRegistryFaults(): RegistryFaults {
  let pending: { readonly fault: RegistryFault; left: number }[] = [];
  return {
    add: (fault) => void pending.push({ fault, left: fault.times }),
    clear() {
      pending = [];
    },
    strike(method, path) {
      const entry = pending.find(
        ({ fault, left }) =>
          left > 0 && (fault.method ?? method) === method && path.includes(fault.path ?? ""),
      );
      if (!entry) return undefined;
      entry.left -= 1;
      return entry.fault.kind;
    },
  };
}
