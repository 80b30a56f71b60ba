/** What is looked at of a gate. */
export interface GateTrail {
  readonly name: string;
  readonly threshold: number;
  /** ln M after each bin. */
  readonly lnM: readonly number[];
}

/** The gate that decided, or came closest to it, and how far its evidence went. */
export interface Decisive<Gate extends GateTrail> {
  readonly gate: Gate;
  /** Index of the bin at which the evidence crossed the threshold; of the last bin when it never did. */
  readonly bin: number;
}

/** Bins shown as the decisive evidence: those that led up to it. */
const shown = 10;

/** The gate whose evidence came first to its threshold, or else closest; `undefined` without gates or bins. */
export function decisiveGate<Gate extends GateTrail>(gates: readonly Gate[]): Decisive<Gate> | undefined {
  const candidates = gates
    .filter(({ lnM }) => lnM.length > 0)
    .map((gate) => {
      const crossed = gate.lnM.findIndex((value) => value >= gate.threshold);
      return {
        gate,
        bin: crossed < 0 ? gate.lnM.length - 1 : crossed,
        crossed: crossed < 0 ? Number.POSITIVE_INFINITY : crossed,
        height: Math.max(...gate.lnM) / gate.threshold,
      };
    });
  const [first] = candidates.sort((one, other) =>
    one.crossed === other.crossed ? other.height - one.height : one.crossed - other.crossed,
  );
  return first && { gate: first.gate, bin: first.bin };
}

/** First and last index (exclusive) of the bins that led up to a decision. */
export function decisiveBins({ bin }: Pick<Decisive<GateTrail>, "bin">): readonly [from: number, to: number] {
  return [Math.max(0, bin + 1 - shown), bin + 1];
}
