import { describe, expect, it } from "@jest/globals";
import { inert, lineChart, markdown } from "#ship/kit";

/** How the runner finds commands in a line of output (actions/runner: ActionCommand.TryParseV2, TryParse). */
function isCommand(text: string): boolean {
  return text.split(/\r\n|\r|\n/).some((line) => line.trimStart().startsWith("::") || line.includes("##["));
}

describe("text of others", () => {
  it.each([
    "::set-env name=PATH::/evil",
    "  ::error::fake",
    "fine\n::add-mask::x",
    "progress\r::stop-commands::y",
    "log ##[error]fake",
    "a\r\n\t::warning::b",
  ])("cannot act as a workflow command: %j", (text) => {
    expect(isCommand(text)).toBe(true);
    expect(isCommand(inert(text))).toBe(false);
  });

  it("stays as it is when harmless", () => {
    expect(inert("std::vector<int> x; a[0] ## title")).toBe("std::vector<int> x; a[0] ## title");
  });
});

describe("markdown", () => {
  it("keeps a cell in its cell, whatever it says", () => {
    const row = markdown
      .table(["a"], [[markdown.escapeMarkdown("x | y\n<script>*bold*")]])
      .split("\n")
      .at(-1);
    expect(row).toBe("| x \\| y &lt;script>\\*bold\\* |");
  });

  it("keeps a cell in its cell also where the text ends in a backslash", () => {
    expect(markdown.escapeMarkdown("C:\\|")).toBe("C:\\\\\\|");
  });

  it("shows the title of a folded part as it is", () => {
    expect(markdown.details("log_tail of <shop>", "x")).toContain("<summary>log_tail of &lt;shop></summary>");
  });

  it("fences content that has fences of its own", () => {
    expect(markdown.block("text", "a\n```\nb")).toBe("````text\na\n```\nb\n````");
    expect(markdown.code("a`b")).toBe("``a`b``");
  });

  it("leaves out parts that are empty", () => {
    expect(markdown.page("a", undefined, "", "b")).toBe("a\n\nb\n");
  });
});

describe("a chart", () => {
  it("is a mermaid block with every series", () => {
    const chart = lineChart({
      title: 'Rollout "42"',
      labels: ["0 s", "10 s"],
      yTitle: "%",
      yMax: 100,
      series: [{ name: "weight", values: [5, 25] }],
    });
    expect(chart).toBe(
      [
        "```mermaid",
        "xychart-beta",
        "  title \"Rollout '42'\"",
        '  x-axis ["0 s", "10 s"]',
        '  y-axis "%" 0 --> 100',
        '  line "weight" [5, 25]',
        "```",
      ].join("\n"),
    );
  });

  it("thins long series but keeps the last point", () => {
    const values = Array.from({ length: 500 }, (_, index) => index);
    const chart = lineChart({
      title: "t",
      labels: values.map(String),
      yTitle: "y",
      yMax: 500,
      series: [{ name: "s", values }],
    });
    const points = /line "s" \[(.*)\]/.exec(chart)?.[1]?.split(", ") ?? [];
    expect(points.length).toBeLessThanOrEqual(61);
    expect(points.at(-1)).toBe("499");
  });
});
