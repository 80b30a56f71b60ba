import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { createFaultScript, parseSeed } from "#ship/simulators";

const page = readFileSync("docs/simulate.md", "utf8");
const [example = ""] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => text ?? "");

describe("the seed reference", () => {
  it("shows a seed that can be read and leaves no section empty", () => {
    const seed = parseSeed(example, "docs/simulate.md");

    const empty = Object.entries(seed).filter(([, value]) => Object.keys(value).length === 0);
    expect(empty).toEqual([]);
  });

  it("explains every section and says of an unknown one that it is none", () => {
    const seed = parseSeed(example, "docs/simulate.md");

    for (const section of Object.keys(seed)) expect(page).toMatch(new RegExp(`^\\| \`${section}`, "m"));
    expect(() => parseSeed("databases: [shop]", "seed.yml")).toThrow('Unrecognized key: "databases"');
  });

  it("shows faults that the simulation takes", () => {
    const bodies = [...page.matchAll(/_ship\/faults" -d '(.+)'$/gm)].flatMap(([, body]) =>
      JSON.parse(body ?? ""),
    );

    const script = createFaultScript(bodies);

    expect(script.rules.map(({ fault }) => fault.kind)).toEqual(["lost-answer", "throttle", "server-error"]);
  });
});
