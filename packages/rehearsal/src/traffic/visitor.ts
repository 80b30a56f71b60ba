import type { Random } from "./random.ts";

/** Shares of the three requests; they need not add up to one. */
export interface Mix {
  /** GET /orders */
  readonly list: number;
  /** GET /orders/:id of an order seen before; a list until one is known. */
  readonly read: number;
  /** POST /orders */
  readonly create: number;
}

/** One request to send. */
export interface Visit {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
}

/** Decides what is asked next, and remembers the orders it has seen. */
export interface Visitor {
  next(): Visit;
  /** Learns order numbers from the body of a successful answer to `visit`. */
  learn(visit: Visit, body: string): void;
}

const KNOWN_LIMIT = 200;
const ITEMS = ["kettle", "lamp", "chair", "notebook", "bicycle", "umbrella"];
const LIST: Visit = { method: "GET", path: "/orders?limit=10" };

/** Creates a {@link Visitor}; throws when the mix holds nothing to send. */
export function createVisitor(mix: Mix, random: Random): Visitor {
  const { list, read, create } = mix;
  const whole = list + read + create;
  if (![list, read, create].every((share) => share >= 0) || !(whole > 0) || !Number.isFinite(whole)) {
    throw new Error(
      `The traffic mix is list ${list}, read ${read}, create ${create}; shares must be 0 or more, and one above 0.`,
    );
  }
  const known: number[] = [];
  const oneOf = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];

  return {
    next() {
      const point = random() * whole;
      if (point < create) {
        const order = { customer: "rehearsal", item: oneOf(ITEMS), quantity: 1 + Math.floor(random() * 5) };
        return { method: "POST", path: "/orders", body: JSON.stringify(order) };
      }
      const id = oneOf(known);
      return point < create + read && id !== undefined ? { method: "GET", path: `/orders/${id}` } : LIST;
    },
    learn(visit, body) {
      const isRead = visit.method === "GET" && visit !== LIST;
      if (isRead || (visit === LIST && known.length > 0)) return;
      for (const id of orderNumbers(body)) known.push(id);
      if (known.length > KNOWN_LIMIT) known.splice(0, known.length - KNOWN_LIMIT);
    },
  };
}

/** Order numbers in `{id}` or `{orders: [{id}]}`; none in anything else. */
function orderNumbers(body: string): readonly number[] {
  try {
    const answer: unknown = JSON.parse(body);
    if (typeof answer !== "object" || answer === null) return [];
    const candidates: readonly unknown[] =
      "orders" in answer && Array.isArray(answer.orders) ? answer.orders : [answer];
    return candidates.flatMap((order) =>
      typeof order === "object" && order !== null && "id" in order && typeof order.id === "number"
        ? [order.id]
        : [],
    );
  } catch {
    return [];
  }
}
