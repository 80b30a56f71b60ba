import { formatDuration, formatShare, parseDuration, parseShare } from "../quantities.ts";
import { InputProblem, type Reader } from "./reader.ts";

/** Any text; with a pattern, text that matches it as a whole. */
export function text(pattern?: RegExp, accepts = "a text"): Reader<string> {
  return {
    accepts,
    read(raw) {
      if (pattern && !pattern.test(raw)) throw new InputProblem();
      return raw;
    },
  };
}

const truths = new Map([
  ["true", true],
  ["yes", true],
  ["on", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["off", false],
  ["0", false],
]);

/** `true` or `false` in any case; `yes`, `no`, `on`, `off`, `1` and `0` are understood. */
export function bool(): Reader<boolean> {
  return {
    accepts: "true or false",
    read(raw) {
      const value = truths.get(raw.trim().toLowerCase());
      if (value === undefined) throw new InputProblem();
      return value;
    },
  };
}

/** Inclusive bounds of a number. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

function boundsText(bounds: Bounds, write: (value: number) => string = String): string {
  if (bounds.min !== undefined && bounds.max !== undefined)
    return ` from ${write(bounds.min)} to ${write(bounds.max)}`;
  if (bounds.min !== undefined) return ` of at least ${write(bounds.min)}`;
  return bounds.max === undefined ? "" : ` of at most ${write(bounds.max)}`;
}

function within(value: number, bounds: Bounds): number {
  if (value < (bounds.min ?? Number.NEGATIVE_INFINITY) || value > (bounds.max ?? Number.POSITIVE_INFINITY))
    throw new InputProblem("it is out of range");
  return value;
}

/** A whole number in decimal digits. */
export function int(bounds: Bounds = {}): Reader<number> {
  return {
    accepts: `a whole number${boundsText(bounds)}`,
    read(raw) {
      const digits = raw.trim();
      if (!/^[+-]?\d{1,15}$/.test(digits)) throw new InputProblem();
      return within(Number(digits), bounds);
    },
  };
}

/** A decimal number. */
export function decimal(bounds: Bounds = {}): Reader<number> {
  return {
    accepts: `a number${boundsText(bounds)}`,
    read(raw) {
      const digits = raw.trim();
      if (!/^[+-]?(?:\d+(?:\.\d+)?|\.\d+)$/.test(digits)) throw new InputProblem();
      return within(Number(digits), bounds);
    },
  };
}

/** A share as `5%` or `0.05`; its value is a fraction from 0 to 1. */
export function percent(bounds: Bounds = {}): Reader<number> {
  return {
    accepts: `a percentage such as 5% or 0.05${boundsText(bounds, formatShare)}`,
    read(raw) {
      const share = parseShare(raw);
      if (share === undefined)
        throw new InputProblem(raw.trim() === "1" ? "it could mean 1% or 100%: write the percent sign" : "");
      return within(share, bounds);
    },
  };
}

/** A duration as `90s`, `10m`, `1h30m`, or seconds; its value is in milliseconds, as are the bounds. */
export function duration(bounds: Bounds = {}): Reader<number> {
  return {
    accepts: `a duration such as 90s, 10m or 1h30m${boundsText(bounds, formatDuration)}`,
    read(raw) {
      const milliseconds = parseDuration(raw);
      if (milliseconds === undefined) throw new InputProblem();
      return within(milliseconds, bounds);
    },
  };
}

/** One of a closed set of words, in any case. */
export function oneOf<const T extends string>(...words: readonly [T, ...T[]]): Reader<T> {
  return {
    accepts: `one of ${words.join(", ")}`,
    read(raw) {
      const wanted = raw.trim().toLowerCase();
      const word = words.find((candidate) => candidate.toLowerCase() === wanted);
      if (word === undefined) throw new InputProblem();
      return word;
    },
  };
}

/** An absolute http or https address. */
export function url(): Reader<URL> {
  return {
    accepts: "an http or https address",
    read(raw) {
      const address = URL.parse(raw.trim());
      if (!address || !/^https?:$/.test(address.protocol)) throw new InputProblem();
      return address;
    },
  };
}
