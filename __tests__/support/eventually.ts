/**
 * Resolves with the first value of `look` that is not undefined or false, looking every 20 ms of real time.
 * For what another process does, which no manual clock moves. Rejects after `limitMilliseconds` naming what was awaited.
 */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  limitMilliseconds = 10_000,
): Promise<Exclude<T, undefined | false>> {
  const deadline = Date.now() + limitMilliseconds;
  while (true) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen as Exclude<T, undefined | false>;
    if (Date.now() > deadline)
      throw new Error(`Waited ${limitMilliseconds} ms for ${what}, which never came.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
