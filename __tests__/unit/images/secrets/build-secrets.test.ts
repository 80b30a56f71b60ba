import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { repeatedSecrets, secretEnvironments, secretFiles, secretValues } from "#ship/images";

const key = "-----BEGIN PRIVATE KEY-----\nMIIE==\n-----END PRIVATE KEY-----";

describe("secrets", () => {
  const read = (raw: string) =>
    secretValues()
      .read(raw)
      .map(({ secret, value }) => {
        expect(secret.source).toEqual({ kind: "value", value });
        return [secret.id, value];
      });

  it("are id=value lines; commas, quotes and equals signs belong to the value", () => {
    expect(read('npm=a,b\njson={"a":"b,c","d":1}\r\nbase64=YWI==\nGIT_AUTH_TOKEN.github.com=t\n')).toEqual([
      ["npm", "a,b"],
      ["json", '{"a":"b,c","d":1}'],
      ["base64", "YWI=="],
      ["GIT_AUTH_TOKEN.github.com", "t"],
    ]);
  });

  it("may have several lines in double quotes, as build-push-action writes them", () => {
    expect(read(`"key=${key}"\n"quoted=say ""hi""\n# no comment\n"\nlast=1`)).toEqual([
      ["key", key],
      ["quoted", 'say "hi"\n# no comment\n'],
      ["last", "1"],
    ]);
  });

  it("keep blanks in their value", () => {
    expect(read("a= x \nb=1")).toEqual([
      ["a", " x "],
      ["b", "1"],
    ]);
  });

  it("may have comment lines and empty lines between them", () => {
    expect(read("\n# the registry\n  npm=1\n\n")).toEqual([["npm", "1"]]);
  });

  it.each([
    ["npm=", "the secret npm is empty"],
    ["npm=   ", "the secret npm is empty"],
    ["a=1\nnpm=\nb=2", "the secret npm is empty"],
    ['"npm=\n\n"', "the secret npm is empty"],
    ["npm=1\nnpm=2", "the secret npm stands twice"],
    ["a=1\nhunter2", "line 2 does not begin with an id"],
    ["=hunter2", "line 1 does not begin with an id"],
    ["../etc=hunter2", "line 1 does not begin with an id"],
    ["a,src=hunter2", "line 1 does not begin with an id"],
    ['"a=hunter2', 'a line begins with a " that is never closed'],
    ['"a=1","b=hunter2"', "line 1 does not begin with an id"],
    [`key=${key}`, "the secret key begins like a key but does not end like one"],
    [`big=${"x".repeat(512_001)}`, "the secret big has 512001 bytes; the limit of BuildKit is 512000"],
  ])("are refused by line or id without the value: %.40j", (raw, words) => {
    expect(() => read(raw)).toThrow(words);
    expect(() => read(raw)).not.toThrow(/hunter2|MIIE/);
  });
});

describe("secrets from variables", () => {
  const variables: Record<string, string | undefined> = { NPM_TOKEN: "t0ken" };
  const reader = secretEnvironments((name) => variables[name]);

  it("name the variable and give the value to be masked", () => {
    expect(reader.read("npm=NPM_TOKEN")).toEqual([
      { secret: { id: "npm", source: { kind: "environment", variable: "NPM_TOKEN" } }, value: "t0ken" },
    ]);
  });

  it.each([
    ["npm=OTHER", "the variable OTHER of secret npm is not set or empty"],
    ["npm=", "the secret npm is empty"],
    ["NPM_TOKEN", "line 1 does not begin with an id"],
    ["npm=NPM_TOKEN\nnpm=NPM_TOKEN", "the secret npm stands twice"],
  ])("are refused with the name of the secret: %j", (raw, words) => {
    expect(() => reader.read(raw)).toThrow(words);
  });
});

describe("secrets from files", () => {
  const folder = mkdtempSync(join(tmpdir(), "ship-secrets-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "npmrc"), "//registry/:_authToken=t0ken\n");
  writeFileSync(join(folder, "empty"), "\n");
  mkdirSync(join(folder, "directory"));
  const reader = secretFiles((path) => join(folder, path));

  it("name the file and give its content to be masked", () => {
    expect(reader.read("npmrc=npmrc")).toEqual([
      {
        secret: { id: "npmrc", source: { kind: "file", path: join(folder, "npmrc") } },
        value: "//registry/:_authToken=t0ken\n",
      },
    ]);
  });

  it.each([
    ["npmrc=missing", "the file of secret npmrc cannot be read: ENOENT"],
    ["npmrc=empty", "the file of secret npmrc is empty"],
    ["npmrc=directory", "the file of secret npmrc cannot be read: EISDIR"],
    ["npmrc=", "the secret npmrc is empty"],
  ])("are refused with the name of the secret: %j", (raw, words) => {
    expect(() => reader.read(raw)).toThrow(words);
  });
});

it("an id that several inputs give is found", () => {
  const one = secretValues().read("npm=1\ngit=2");
  const other = secretEnvironments(() => "3").read("npm=X\naws=Y");
  expect(repeatedSecrets(one, other)).toEqual(["npm"]);
  expect(repeatedSecrets(one, [])).toEqual([]);
});
