import type { Annotation } from "../results.ts";
import type { Masker } from "./masking.ts";

/** A workflow command as an action prints it: `::name key=value::message`. */
export interface Command {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

/** What a line of output amounts to. */
export interface CommandSink {
  log(line: string): void;
  annotate(annotation: Annotation): void;
  /** The step fails, whatever its exit code. */
  fail(): void;
  readonly masker: Masker;
  /** Whether `::debug::` lines are shown. */
  readonly debug: boolean;
}

const refused = ["set-env", "add-path"];
const retired = ["set-output", "save-state"];
const silent = ["add-matcher", "remove-matcher", "echo"];

/** Parses one line; undefined when it is no command. */
export function parseCommand(line: string): Command | undefined {
  const match = /^\s*::([^:\s]+)(?:\s+(.*?))?::(.*)$/s.exec(line);
  if (!match) return undefined;
  const [, name = "", properties = "", message = ""] = match;
  const pairs = properties
    .split(",")
    .map((pair) => pair.trim())
    .filter((pair) => pair.includes("="))
    .map(
      (pair) =>
        [pair.slice(0, pair.indexOf("=")), unescapeProperty(pair.slice(pair.indexOf("=") + 1))] as const,
    );
  return { name: name.toLowerCase(), properties: Object.fromEntries(pairs), message: unescapeData(message) };
}

/** Answers a function that takes each line of a step's output and acts on the commands in it. */
export function commandReader(sink: CommandSink): (line: string) => void {
  let resumeToken: string | undefined;
  return (line) => {
    const command = parseCommand(line);
    if (resumeToken !== undefined) {
      if (command?.name === resumeToken.toLowerCase()) resumeToken = undefined;
      sink.log(line);
      return;
    }
    if (command?.name === "stop-commands" && command.message !== "") {
      resumeToken = command.message;
      sink.log(line);
    } else if (!command || !act(command, sink)) sink.log(line);
  };
}

function act({ name, message, properties }: Command, sink: CommandSink): boolean {
  if (name === "error" || name === "warning" || name === "notice") {
    sink.annotate({ level: name, message, properties });
    sink.log(`##[${name}]${message}`);
  } else if (name === "debug") {
    if (sink.debug) sink.log(`##[debug]${message}`);
  } else if (name === "group") sink.log(`##[group]${message}`);
  else if (name === "endgroup") sink.log("##[endgroup]");
  else if (name === "add-mask") {
    if (message.trim() === "") warn(sink, "Can't add secret mask for empty string in ##[add-mask] command.");
    else sink.masker.add(message);
  } else if (refused.includes(name)) {
    const text = `The \`${name}\` command is disabled. Please upgrade to using Environment Files.`;
    sink.annotate({ level: "error", message: text, properties: {} });
    sink.log(`##[error]${text}`);
    sink.fail();
  } else if (retired.includes(name)) {
    warn(
      sink,
      `The \`${name}\` command is deprecated and has no effect here. Please upgrade to using Environment Files.`,
    );
  } else return silent.includes(name);
  return true;
}

function warn(sink: CommandSink, message: string): void {
  sink.annotate({ level: "warning", message, properties: {} });
  sink.log(`##[warning]${message}`);
}

function unescapeData(text: string): string {
  return text.replace(/%0D/g, "\r").replace(/%0A/g, "\n").replace(/%25/g, "%");
}

function unescapeProperty(text: string): string {
  return unescapeData(text.replace(/%3A/g, ":").replace(/%2C/g, ","));
}
