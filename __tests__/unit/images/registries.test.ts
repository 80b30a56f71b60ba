import { describe, expect, it } from "@jest/globals";
import { createRegistryClient, parseRepository } from "#ship/images";
import { manualClock } from "#ship/kit";

const shop = parseRepository("registry.example/shop");

function client(answer: (address: string, signal: AbortSignal) => Promise<Response>) {
  const clock = manualClock();
  const fetch = (address: unknown, init?: RequestInit) =>
    answer(String(address), init?.signal ?? new AbortController().signal);
  const registry = createRegistryClient({
    fetch: fetch as typeof globalThis.fetch,
    clock,
    login: async () => undefined,
  });
  return { clock, registry };
}

describe("a registry", () => {
  it("that refuses without saying how to log in is reported as such, at once", async () => {
    let asked = 0;
    const { registry } = client(async () => {
      asked += 1;
      return new Response(null, { status: 401, statusText: "Unauthorized" });
    });
    await expect(registry.digest(shop, "v1", new AbortController().signal)).rejects.toMatchObject({
      code: "CREDENTIALS_INVALID",
      message: "registry.example could not be asked for registry.example/shop:v1: HTTP 401 Unauthorized.",
    });
    expect(asked).toBe(1);
  });

  it("whose token service hangs does not outlast a cancellation", async () => {
    const cancelled = new AbortController();
    const { registry } = client((address, signal) => {
      if (!address.startsWith("https://token.example")) {
        const challenge = { "www-authenticate": 'Bearer realm="https://token.example/token"' };
        return Promise.resolve(new Response(null, { status: 401, headers: challenge }));
      }
      setImmediate(() => cancelled.abort(new Error("cancelled")));
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    await expect(registry.digest(shop, "v1", cancelled.signal)).rejects.toThrow("cancelled");
  });
});
