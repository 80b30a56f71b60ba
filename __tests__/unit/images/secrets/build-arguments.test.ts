import { describe, expect, it } from "@jest/globals";
import { buildArguments, secretLookingArguments } from "#ship/images";

describe("build arguments", () => {
  const variables: Record<string, string | undefined> = { HTTP_PROXY: "http://proxy.example" };
  const read = (raw: string) => buildArguments((name) => variables[name]).read(raw);

  it("are KEY=value lines, empty values included, or quoted where a value has several lines", () => {
    expect(read('A=1\nB=\nC=x=y,"z"\n"D=one\ntwo"\n# E=5')).toEqual({
      A: "1",
      B: "",
      C: 'x=y,"z"',
      D: "one\ntwo",
    });
  });

  it("take a bare name from the environment, and leave it out where that has none", () => {
    expect(read("HTTP_PROXY\nHTTPS_PROXY")).toEqual({ HTTP_PROXY: "http://proxy.example" });
  });

  it.each([
    ["A=1\nA=2", 'the key "A" stands twice'],
    ["A=1\ntwo words", "line 2 has no KEY=value"],
    ["=1", "line 1 has no KEY=value"],
    ['"A=1', "never closed"],
  ])("are refused: %j", (raw, words) => {
    expect(() => read(raw)).toThrow(words);
  });
});

describe("a build argument that looks like a secret", () => {
  it.each([
    "NPM_TOKEN",
    "npmToken",
    "DB_PASSWORD",
    "PASSWD",
    "API_KEY",
    "APIKEY",
    "PRIVATE_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "credential",
    "SERVICE-CREDENTIALS",
    "sentry.auth",
  ])("is found by its name: %s", (name) => {
    expect(secretLookingArguments({ [name]: "value" })).toEqual([name]);
  });

  it.each([
    `ghp_${"a1".repeat(18)}`,
    `github_pat_${"a".repeat(40)}`,
    "AKIAIOSFODNN7EXAMPLE",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
    "-----BEGIN PRIVATE KEY-----",
    `glpat-${"x".repeat(20)}`,
    `npm_${"x".repeat(36)}`,
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x",
    "https://user:hunter2@registry.example/npm",
  ])("is found by its value: %.16s", (value) => {
    expect(secretLookingArguments({ SETTING: value })).toEqual(["SETTING"]);
  });

  it.each([
    ["NODE_ENV", "production"],
    ["KEYBOARD", "de"],
    ["MONKEY", "x"],
    ["AUTHOR", "octocat"],
    ["TOKENIZER_VERSION", "3"],
    ["STRIPE_PUBLIC_KEY", "pk_test_x"],
    ["NPM_TOKEN", ""],
    ["PROXY", "http://proxy.example:3128/path@x"],
    ["VERSION", "1.2.3"],
  ])("is not %s=%s", (name, value) => {
    expect(secretLookingArguments({ [name]: value })).toEqual([]);
  });
});
