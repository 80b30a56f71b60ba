/** Runs at most `limit` pieces of work at once, in the order they came. */
export function limiter(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // A waiting piece takes over the place of the one that ended.
      if (next) next();
      else running -= 1;
    }
  };
}
