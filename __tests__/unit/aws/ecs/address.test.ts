import { describe, expect, it } from "@jest/globals";
import { checkAddress, clusterOf } from "../../../../actions/deploy-ecs/src/inputs/address.ts";

const arn = (path: string) => `arn:aws:ecs:eu-central-1:123456789012:${path}`;
const far = arn("service/far/shop");

describe("the cluster of a service", () => {
  it.each([
    ["what the input says", { cluster: "production", service: "shop" }, "production"],
    ["the default one where nothing says another", { cluster: "default", service: "shop" }, "default"],
    ["the one of the service's ARN", { cluster: "default", service: far }, "far"],
    ["the one of the services' ARNs", { cluster: "default", services: [far, arn("service/far/b")] }, "far"],
    ["what both say", { cluster: arn("cluster/far"), service: far }, arn("cluster/far")],
    [
      "the input's for an ARN of the older form",
      { cluster: "production", service: arn("service/shop") },
      "production",
    ],
  ])("is %s", (_what, place, cluster) => {
    const given = { service: undefined, services: undefined, ...place };
    expect(clusterOf(given)).toBe(cluster);
    checkAddress(given, (input, problem) => expect(`${input}: ${problem}`).toBe("no problem"));
  });

  it.each([
    [
      "service",
      { cluster: "production", service: far, services: undefined },
      "far, but the cluster is production",
    ],
    [
      "services",
      { cluster: "default", service: undefined, services: [far, arn("service/near/b")] },
      "near, but the cluster is far",
    ],
  ])("is one: %s of another is an error that names both", (input, place, words) => {
    const problems: string[] = [];
    checkAddress(place, (name, problem) => problems.push(`${name}: ${problem}`));
    expect(problems).toEqual([expect.stringContaining(words)]);
    expect(problems[0]).toMatch(new RegExp(`^${input}:`));
  });
});
