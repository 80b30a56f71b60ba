import { describe, expect, it } from "@jest/globals";
import {
  bool,
  duration,
  type InputDefinitions,
  int,
  isShipError,
  json,
  keyValues,
  LineProblems,
  lines,
  list,
  oneOf,
  optional,
  percent,
  readInputs,
  required,
  text,
  url,
} from "#ship/kit";

function read<D extends InputDefinitions>(given: Readonly<Record<string, string>>, definitions: D) {
  const inputs = new Map(Object.entries(given).map(([name, value]) => [name.toUpperCase(), value]));
  const masked: string[] = [];
  return { values: readInputs({ inputs }, { add: (value) => masked.push(value) }, definitions), masked };
}

function problemsOf(
  given: Readonly<Record<string, string>>,
  definitions: InputDefinitions,
): readonly string[] {
  try {
    read(given, definitions);
  } catch (error) {
    if (isShipError(error) && error.code === "INPUT_INVALID") return error.details;
    throw error;
  }
  return [];
}

describe("reading inputs", () => {
  it("turns texts into values", () => {
    const { values } = read(
      {
        cluster: " production ",
        wait: "1h30m",
        limit: "5%",
        count: "0",
        force: "TRUE",
        strategy: "Blue-Green",
        names: "a, b\n c,,",
        array: ' [ "a,b", " c " ] ',
        brackets: "[a], [b",
        lines: "# a comment\none, two\n\n three ",
        pairs: "URL=postgres://x?a=b\n# no\nEMPTY=",
        page: "https://example.com/x",
        document: '{"a":1}',
      },
      {
        cluster: required(text()),
        wait: required(duration()),
        limit: required(percent()),
        count: required(int()),
        force: required(bool()),
        strategy: required(oneOf("rolling", "blue-green")),
        names: required(list(text())),
        array: required(list(text())),
        brackets: required(list(text())),
        lines: required(lines(text())),
        pairs: required(keyValues()),
        page: required(url()),
        document: required(json((value) => value)),
        absent: optional(text()),
      },
    );
    expect(values).toEqual({
      cluster: "production",
      wait: 5_400_000,
      limit: 0.05,
      count: 0,
      force: true,
      strategy: "blue-green",
      names: ["a", "b", "c"],
      array: ["a,b", "c"],
      brackets: ["[a]", "[b"],
      lines: ["one, two", "three"],
      pairs: { URL: "postgres://x?a=b", EMPTY: "" },
      page: new URL("https://example.com/x"),
      document: { a: 1 },
      absent: undefined,
    });
  });

  it("collects every mistake with the name, the value and what is accepted", () => {
    const problems = problemsOf(
      { wait: "soon", count: "12x", limit: "1", pairs: "novalue", strategy: "fast" },
      {
        cluster: required(text()),
        wait: required(duration({ min: 1_000 })),
        count: required(int({ min: 0, max: 10 })),
        limit: required(percent()),
        pairs: required(keyValues()),
        strategy: required(oneOf("rolling", "canary")),
      },
    );
    expect(problems).toEqual([
      "cluster is empty (it is required); accepted: a text",
      'wait is "soon"; accepted: a duration such as 90s, 10m or 1h30m of at least 1 s',
      'count is "12x"; accepted: a whole number from 0 to 10',
      'limit is "1" (it could mean 1% or 100%: write the percent sign); accepted: a percentage such as 5% or 0.05',
      'pairs is "novalue" (the line "novalue" has no key=value); accepted: lines of key=value',
      'strategy is "fast"; accepted: one of rolling, canary',
    ]);
  });

  it("reports the lines of one input each for itself, beside the mistakes of others", () => {
    const rules = {
      accepts: "rules",
      read: () => {
        throw new LineProblems(["rules, line 1: what?", "rules, line 3: never"]);
      },
    };
    expect(
      problemsOf({ rules: "a\nb\nc", count: "x" }, { rules: required(rules), count: required(int()) }),
    ).toEqual(["rules, line 1: what?", "rules, line 3: never", 'count is "x"; accepted: a whole number']);
  });

  it("keeps white space where it is part of the text, and trims it elsewhere", () => {
    const { values } = read(
      { between: " ", label: "\n a=b ", word: " x " },
      {
        between: optional(text(), { whitespace: "kept" }),
        label: required(text(), { whitespace: "kept" }),
        word: required(text()),
      },
    );
    expect(values).toEqual({ between: " ", label: "\n a=b ", word: "x" });
  });

  it("refuses numbers that parseInt would have let through", () => {
    const definitions = { count: required(int()) };
    for (const count of ["1e3", "0x10", "1.5", "12abc", "", "٣"]) {
      expect(problemsOf({ count }, definitions)).toHaveLength(1);
    }
  });

  it("names the nearest known input for one it does not know", () => {
    expect(
      problemsOf({ trakc: "production" }, { track: optional(text()), status: optional(text()) }),
    ).toEqual(["trakc is not an input of this action; the nearest is track"]);
  });

  it("names all inputs for one that resembles none of them", () => {
    expect(problemsOf({ bogus: "1" }, { track: optional(text()), status: optional(text()) })).toEqual([
      "bogus is not an input of this action; the inputs are track, status",
    ]);
  });

  it("takes another action's spelling of an input", () => {
    const { values } = read(
      { "task-def": "app.json" },
      { "task-definition": required(text(), { aliases: ["task-def"] }) },
    );
    expect(values["task-definition"]).toBe("app.json");
  });

  it("refuses two spellings of an input that contradict each other, and takes them when they agree", () => {
    const definitions = { file: optional(text(), { aliases: ["dockerfile"] }) };
    expect(problemsOf({ file: "a/Dockerfile", dockerfile: "b/Dockerfile" }, definitions)).toEqual([
      'file and dockerfile mean the same, but have different values: "a/Dockerfile" and "b/Dockerfile"; give one of them',
    ]);
    expect(read({ file: "Dockerfile", dockerfile: " Dockerfile " }, definitions).values.file).toBe(
      "Dockerfile",
    );
  });

  it("masks a secret before it is looked at, and never shows it in a problem", () => {
    const definitions = {
      token: required(text(/^v1-/, "a token that begins with v1-"), { secret: "secret" }),
    };
    expect(read({ token: "v1-abc" }, definitions).masked).toEqual(["v1-abc"]);
    const [problem] = problemsOf({ token: "hunter2" }, definitions);
    expect(problem).toBe('token is "***"; accepted: a token that begins with v1-');
  });

  it("looks at inputs together only when each is fine by itself", () => {
    const definitions = { min: required(int()), max: required(int()) };
    const inputs = new Map([
      ["MIN", "5"],
      ["MAX", "3"],
    ]);
    expect(() =>
      readInputs({ inputs }, { add: () => {} }, definitions, ({ min, max }, problem) => {
        if (min > max) problem("max", `it is ${max}, below min, which is ${min}`);
      }),
    ).toThrow("An input needs a change: max: it is 3, below min, which is 5");
  });
});
