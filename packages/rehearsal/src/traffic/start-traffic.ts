import { type Clock, systemClock } from "#ship/kit";
import { type Arrival, arrivals } from "./arrivals.ts";
import { seededRandom } from "./random.ts";
import { createSender } from "./send.ts";
import { createTally, type Experience, type Second } from "./tally.ts";
import { createVisitor, type Mix } from "./visitor.ts";

/** A request without an answer for this long is an error, in milliseconds. */
const TIMEOUT = 5_000;

/** What should have left this much earlier is not sent at all, in milliseconds. */
const TOO_LATE = 1_000;

/** What traffic to make. */
export interface TrafficOptions {
  /** Base URL, for example `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Requests per second. */
  readonly rate: number;
  readonly mix?: Mix;
  readonly arrival?: Arrival;
  /** The same seed makes the same schedule and the same choices. */
  readonly seed?: number;
  /** A request is slow above this many milliseconds. */
  readonly slowAbove?: number;
  readonly clock?: Clock;
}

/** By release; requests without an answer, or with one that names no release, are under `none`. */
export type Experiences = ReadonlyMap<string, Experience>;

/** Running traffic. */
export interface Traffic {
  /** Over the whole seconds that began at `since` (milliseconds since the epoch) or later. */
  snapshot(since: number): Experiences;
  /** Over everything so far. */
  totals(): Experiences;
  /** Second by second, for charts: the last 15 minutes. */
  seconds(): readonly Second[];
  /** Sends nothing more, waits for the answers under way, and answers the totals. Safe to call twice. */
  stop(): Promise<Experiences>;
}

/**
 * Starts open-loop traffic: requests leave on schedule whatever became of those before, and latency counts from the time
 * they were meant to leave. A server that stalls is therefore seen stalling by everyone who came meanwhile, which a
 * client that waits for each answer would hide. A machine too busy to send in time is not the server's fault, and sending it all
 * afterwards would keep it busy for ever: what is far too late stays at home.
 */
export function startTraffic(options: TrafficOptions): Traffic {
  const { url, rate, arrival = "poisson", seed = 1, slowAbove = 300, clock = systemClock } = options;
  const { mix = { list: 0.5, read: 0.3, create: 0.2 } } = options;
  const random = seededRandom(seed);
  const schedule = arrivals(arrival, rate, seededRandom(seed + 1));
  const visitor = createVisitor(mix, random);
  const tally = createTally(slowAbove);
  // Enough for every request of one timeout to be waiting at once, with room for bursts.
  const sender = createSender(url, Math.ceil(rate * (TIMEOUT / 1_000) * 2) + 16);
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();

  const visit = async (intendedAt: number) => {
    const asked = visitor.next();
    const deadline = new AbortController();
    const answered = new AbortController();
    clock.sleep(intendedAt + TIMEOUT - clock.now(), answered.signal).then(
      () => deadline.abort(),
      () => undefined,
    );
    const { status, release, body } = await sender.send(asked, deadline.signal);
    answered.abort();
    const at = clock.now();
    const failed = status === undefined || status >= 500;
    tally.add({ at, release, failed, latency: at - intendedAt });
    if (status !== undefined && status < 300) visitor.learn(asked, body);
  };

  const run = async () => {
    const startedAt = clock.now();
    for (const due of schedule) {
      const intendedAt = startedAt + due;
      try {
        await clock.sleep(intendedAt - clock.now(), stopping.signal);
      } catch {
        return;
      }
      if (clock.now() - intendedAt > TOO_LATE) continue;
      const work: Promise<void> = visit(intendedAt).finally(() => underWay.delete(work));
      underWay.add(work);
    }
  };
  const running = run();

  const end = async () => {
    stopping.abort();
    await running;
    await Promise.all(underWay);
    sender.close();
    return tally.totals();
  };
  let ending: Promise<Experiences> | undefined;

  return {
    snapshot: (since) => tally.since(since),
    totals: () => tally.totals(),
    seconds: () => tally.seconds(),
    stop() {
      ending ??= end();
      return ending;
    },
  };
}
