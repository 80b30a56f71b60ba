import { afterEach, beforeEach } from "@jest/globals";
import { type Alteration, type OtherEndpoint, otherEndpoint } from "../../../support/other-endpoint.ts";
import { type World, world } from "./world.ts";

/** A world around every test of a file; `behind` puts an endpoint that is not quite like ours in front of it. */
export function frontedWorld() {
  let shop: World;
  let front: OtherEndpoint | undefined;
  beforeEach(async () => {
    shop = await world();
  });
  afterEach(async () => {
    await front?.close();
    front = undefined;
    await shop.close();
  });
  return {
    shop: new Proxy({} as World, { get: (_, member) => Reflect.get(shop, member) }),
    async behind(...alterations: readonly Alteration[]): Promise<void> {
      front = await otherEndpoint(String(shop.aws.environment()["AWS_ENDPOINT_URL"]), ...alterations);
      process.env["AWS_ENDPOINT_URL"] = front.url;
    },
  };
}
