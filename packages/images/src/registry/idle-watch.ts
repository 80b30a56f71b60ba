/** Ends a transfer in which nothing moves any more. */
export interface IdleWatch {
  /** Aborts with the run's signal, or when nothing has moved for the time given. */
  readonly signal: AbortSignal;
  /** Something has moved. */
  touch(): void;
  stop(): void;
}

/** Watches a transfer; a large layer may take long, but not stand still for `milliseconds`. */
export function watchIdle(signal: AbortSignal, milliseconds: number): IdleWatch {
  const idle = new AbortController();
  const giveUp = () => idle.abort(new Error(`nothing has moved for ${milliseconds / 1_000} s`));
  let timer = setTimeout(giveUp, milliseconds);
  return {
    signal: AbortSignal.any([signal, idle.signal]),
    touch() {
      clearTimeout(timer);
      timer = setTimeout(giveUp, milliseconds);
    },
    stop: () => clearTimeout(timer),
  };
}
