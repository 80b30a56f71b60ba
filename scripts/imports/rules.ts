/** The house rules for one source file: who may import whom, and what may stand where. */
import { posix } from "node:path";
import { type Part, partOf, type Role, roleOf } from "./parts.ts";
import { type Import, readSyntax, type Trait } from "./syntax.ts";

/** A broken rule: where, which, and what to do about it. */
export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly remedy: string;
}

type Finding = Omit<Violation, "file">;

const mayImport: Readonly<Record<Role, readonly Role[]>> = {
  action: ["domain", "provider", "kit"],
  provider: ["kit", "domain"],
  domain: ["kit"],
  kit: [],
  workshop: ["kit", "workshop"],
};
const kitOnly = ["@actions/core", "@actions/exec"];
const longestFile = 350;
const longestMain = 60;
const cloudNames =
  /\b(aws|amazon|ecs|ecr|fargate|alb|nlb|elb|elb ?v2|cloud ?watch|google|gcp|gke|cloud[ -]?run|cloud monitoring|azure)s?\b/gi;

/** Checks the text of `file` (relative to the repository, with `/`). Files outside actions and packages only for length. */
export function checkFile(file: string, source: string): Violation[] {
  const part = partOf(file);
  const findings = [...checkLength(file, source)];
  if (part === undefined && file.startsWith("packages/")) {
    findings.push(
      finding(1, "every package has a role", "Give the package a role in scripts/imports/parts.ts."),
    );
  }
  if (part) {
    const { imports, traits } = readSyntax(source);
    for (const one of imports) findings.push(...checkImport(file, part, one));
    for (const trait of traits) findings.push(...checkTrait(file, part, trait));
    if (part.folder === "packages/delivery") findings.push(...checkCloudNames(source));
  }
  return findings.map((found) => ({ file, ...found }));
}

function checkLength(file: string, source: string): Finding[] {
  const lines = source.trimEnd().split("\n").length;
  const limit = isMain(file) ? longestMain : longestFile;
  if (lines <= limit) return [];
  const remedy = isMain(file)
    ? "Move the work into a domain; main only wires."
    : "Split it: one idea per file.";
  return [finding(limit + 1, `a file has at most ${limit} lines, this one has ${lines}`, remedy)];
}

function checkImport(file: string, part: Part, { specifier, use, line }: Import): Finding[] {
  if (specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(file), specifier);
    if (target.startsWith(`${part.folder}/`)) return [];
    return [
      finding(line, `"${specifier}" leaves ${part.folder}`, "Import other packages as #ship/<package>."),
    ];
  }
  if (specifier.startsWith("#ship/")) return checkPackage(part, specifier.slice("#ship/".length), use, line);
  if (part.role !== "kit" && kitOnly.some((name) => specifier === name || specifier.startsWith(`${name}/`))) {
    return [finding(line, `only packages/kit imports ${specifier}`, "Use what #ship/kit offers for it.")];
  }
  if ((specifier === "node:process" || specifier === "process") && !readsEnvironment(part)) {
    return [
      finding(
        line,
        "only packages/kit touches process.env",
        "Take the value as a parameter; #ship/kit reads the environment.",
      ),
    ];
  }
  return [];
}

function checkPackage(part: Part, name: string, use: Import["use"], line: number): Finding[] {
  const role = roleOf(name);
  if (role === undefined)
    return [
      finding(
        line,
        `#ship/${name} is no package of the house`,
        "See scripts/imports/parts.ts for those there are.",
      ),
    ];
  if (name === part.name && part.role !== "action") {
    return [finding(line, `packages/${name} imports itself`, "Import the file by its relative path.")];
  }
  if (!mayImport[part.role].includes(role)) {
    const allowed = mayImport[part.role].join(", ") || "nothing of ours";
    return [
      finding(
        line,
        `${describe(part)} may not import #ship/${name}, a ${role} (allowed: ${allowed})`,
        "Pass what is needed in by parameter, through a port.",
      ),
    ];
  }
  if (part.role === "provider" && role === "domain" && use === "value") {
    return [
      finding(
        line,
        `${describe(part)} may import only types of #ship/${name}`,
        "Write `import type`; a provider adapts to a port and holds no domain logic.",
      ),
    ];
  }
  return [];
}

function checkTrait(file: string, part: Part, { what, line }: Trait): Finding[] {
  if (what === "process.env" && !readsEnvironment(part)) {
    return [
      finding(
        line,
        "only packages/kit touches process.env",
        "Take the value as a parameter; #ship/kit reads the environment.",
      ),
    ];
  }
  if (!isMain(file)) return [];
  switch (what) {
    case "try":
      return [
        finding(
          line,
          "an action's main has no try",
          "Let it throw: #ship/kit turns every error into one annotation.",
        ),
      ];
    case "console":
      return [
        finding(
          line,
          "an action's main does not use console",
          "Log through the run that #ship/kit passes in.",
        ),
      ];
    case "default":
      return [finding(line, "an action's main holds no default", "Put the default into action.yml.")];
    case "process.env":
      return [];
  }
}

function checkCloudNames(source: string): Finding[] {
  return source.split("\n").flatMap((text, index) => {
    // So that a name inside an identifier is a word of its own: EcsTarget, createECSTarget, ECS_TARGET.
    const words = text
      .replace(/([a-z\d])([A-Z])/g, "$1 $2")
      .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
      .replaceAll("_", " ");
    return [...words.matchAll(cloudNames)].map(([name]) =>
      finding(
        index + 1,
        `packages/delivery names no cloud, but says "${name}"`,
        "Say it in the words of the port, or move it to the provider.",
      ),
    );
  });
}

function readsEnvironment(part: Part): boolean {
  return part.role === "kit" || part.role === "workshop";
}

function isMain(file: string): boolean {
  return /^actions\/[^/]+\/src\/main\.ts$/.test(file);
}

function describe(part: Part): string {
  return part.role === "action" ? `the action ${part.name}` : `packages/${part.name} (${part.role})`;
}

function finding(line: number, rule: string, remedy: string): Finding {
  return { line, rule, remedy };
}
