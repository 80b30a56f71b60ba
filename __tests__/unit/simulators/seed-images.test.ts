import { describe, expect, it } from "@jest/globals";
import { parseSeed } from "#ship/simulators";

describe("the images of a seed", () => {
  it("are scripts with times in milliseconds, or programs of this machine", () => {
    const { images } = parseSeed(
      `images:
        - name: good
        - { name: leaky, errors: 5%, lines: [up] }
        - { name: "crash:2", does: exits, after: 1m30s, code: 7 }
        - { name: sick, does: unhealthy }
        - { name: gone, does: pull-failure, reason: no such image }
        - { name: real, command: [node, server.js], environment: { PORT: 3000, DEBUG: true }, directory: examples }`,
      "seed.yml",
    );

    expect(images).toEqual([
      { name: "good", kind: "script", script: { does: "runs" } },
      { name: "leaky", kind: "script", script: { does: "runs", errorShare: 0.05, lines: ["up"] } },
      { name: "crash:2", kind: "script", script: { does: "exits", afterMs: 90_000, code: 7 } },
      { name: "sick", kind: "script", script: { does: "unhealthy" } },
      { name: "gone", kind: "script", script: { does: "pull-failure", reason: "no such image" } },
      {
        name: "real",
        kind: "program",
        program: {
          command: ["node", "server.js"],
          environment: { PORT: "3000", DEBUG: "true" },
          directory: "examples",
        },
      },
    ]);
  });

  it.each([
    ["{ name: api, does: crash }", 'images.0.does = "crash": Invalid option: expected one of "runs"|"exits"'],
    ["{ name: api, does: exits, after: soon }", 'images.0.after = "soon": expected a duration such as 5s'],
    ["{ name: api, does: exits, code: 256 }", "images.0.code = 256: Too big: expected number to be <=255"],
    ["{ name: api, errors: 105% }", 'images.0.errors = "105%": expected a share such as 5% or 0.05'],
    [
      "{ name: api, does: runs, code: 1 }",
      "images.0.code = 1: does not go with does: runs; accepted: name, does, lines, errors",
    ],
    [
      "{ name: api, command: [node], does: runs }",
      'images.0.does = "runs": does not go with command; accepted: name, command, environment, directory',
    ],
    ["{ name: api, command: node }", 'images.0.command = "node": Invalid input: expected array'],
    ["{ name: api }, { name: api }", 'images.1.name = "api": is listed twice; accepted: one entry per name'],
  ])("are refused as %s, with path, value and what is accepted", (entries, reason) => {
    expect(() => parseSeed(`images: [${entries}]`, "seed.yml")).toThrow(reason);
  });
});
