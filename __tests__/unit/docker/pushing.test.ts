import { describe, expect, it } from "@jest/globals";
import { ShipError } from "#ship/kit";
import { judgePush } from "../../../packages/docker/src/engine/pushing.ts";
import { stagingTag } from "../../../packages/docker/src/plain/parts.ts";

describe("a failed push", () => {
  it.each([
    "received unexpected HTTP status: 503 Service Unavailable",
    "unexpected status from PUT request to https://ghcr.io/v2/x/manifests/1: 502 Bad Gateway",
    "toomanyrequests: Rate exceeded",
    "error parsing HTTP 429 response body: invalid character",
    "write tcp 10.0.0.2:4711->10.0.0.3:443: connection reset by peer",
    "Put https://registry.example/v2/: net/http: TLS handshake timeout",
    "unexpected EOF",
  ])("is tried again after: %s", (said) => {
    expect(judgePush(new ShipError("PUSH_FAILED", `registry.example/shop:1: ${said}`))).toBe("retry");
  });

  it.each([
    "denied: requested access to the resource is denied",
    "no basic auth credentials",
    "unauthorized: authentication required",
    "unexpected status from POST request to https://ghcr.io/v2/x/blobs/uploads/: 403 Forbidden",
    "tag invalid: The image tag '1' already exists in the 'shop' repository and cannot be overwritten because the repository is immutable.",
    "name unknown: The repository with name 'shop' does not exist in the registry",
  ])("is final after: %s", (said) => {
    expect(judgePush(new ShipError("PUSH_FAILED", `registry.example/shop:1: ${said}`))).toBe("give-up");
  });
});

describe("the staging tag of a platform", () => {
  it("is a valid tag that tells platforms apart", () => {
    expect(stagingTag("1.2.3", "linux/arm/v7")).toBe("1.2.3-linux-arm-v7");
    const long = stagingTag("x".repeat(128), "linux/arm64");
    expect(long).toMatch(/^x+-linux-arm64$/);
    expect(long).toHaveLength(128);
  });
});
