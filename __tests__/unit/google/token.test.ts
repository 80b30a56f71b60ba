import { describe, expect, it } from "@jest/globals";
import { manualClock } from "#ship/kit";
import { holdToken, type Token } from "../../../packages/google/src/auth/token.ts";

const minute = 60_000;

function world(life: number) {
  const clock = manualClock();
  let count = 0;
  let isDown = false;
  const source = async (): Promise<Token> => {
    if (isDown) throw new Error("the token service is down");
    count += 1;
    return { value: `token-${count}`, expiresAt: clock.now() + life };
  };
  return {
    clock,
    held: holdToken(source, clock.now),
    breakDown() {
      isDown = true;
    },
  };
}

describe("a held token", () => {
  it("serves for half of its life, and is renewed then", async () => {
    const { clock, held } = world(60 * minute);
    expect(await held.get()).toBe("token-1");
    await clock.advance(29 * minute);
    expect(await held.get()).toBe("token-1");
    await clock.advance(1 * minute);
    expect(await held.get()).toBe("token-2");
  });

  it("is asked for once by all who wait for it", async () => {
    const { held } = world(5 * minute);
    expect(await Promise.all([held.get(), held.get(), held.get()])).toEqual([
      "token-1",
      "token-1",
      "token-1",
    ]);
  });

  it("serves until it is dead when it cannot be renewed", async () => {
    const { clock, held, breakDown } = world(60 * minute);
    await held.get();
    breakDown();
    await clock.advance(59 * minute);
    expect(await held.get()).toBe("token-1");
    await clock.advance(1 * minute);
    await expect(held.get()).rejects.toThrow("the token service is down");
  });

  it("is forgotten when a service refuses it", async () => {
    const { held } = world(60 * minute);
    held.drop(await held.get());
    expect(await held.get()).toBe("token-2");
    held.drop("token-1");
    expect(await held.get()).toBe("token-2");
  });
});
