import { describe, expect, it } from "@jest/globals";
import { closestImage } from "../../../packages/simulators/src/runtime/image-name.ts";

const digest = `sha256:${"a".repeat(64)}`;
const registry = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";

describe("an entry for an image", () => {
  it.each([
    ["shop-api", "shop-api:1.1.0"],
    ["shop-api", `shop-api@${digest}`],
    ["shop-api:1.1.0", `${registry}/shop-api:1.1.0`],
    ["shop-api:1.1.0", `shop-api:1.1.0@${digest}`],
    ["team/shop-api", "localhost:5000/team/shop-api:2"],
  ])("%s is meant by %s", (entry, image) => {
    expect(closestImage([entry], image)).toBe(entry);
  });

  it.each([
    ["shop-api:1.1.0", "shop-api:1.2.0"],
    ["shop-api:1.1.0", `shop-api@${digest}`],
    ["shop-api", "team/shop-api"],
    ["shop", "shop-api"],
    ["ghcr.io/shop-api", `${registry}/shop-api`],
  ])("%s is not meant by %s", (entry, image) => {
    expect(closestImage([entry], image)).toBeUndefined();
  });

  it("gives way to one that names the image more closely", () => {
    const entries = ["shop-api", `${registry}/shop-api`, "shop-api:1.1.0", `shop-api@${digest}`];

    expect(closestImage(entries, `${registry}/shop-api:2`)).toBe(`${registry}/shop-api`);
    expect(closestImage(entries, `${registry}/shop-api:1.1.0`)).toBe("shop-api:1.1.0");
    expect(closestImage(entries, `${registry}/shop-api:1.1.0@${digest}`)).toBe(`shop-api@${digest}`);
  });
});
