import { randomUUID } from "node:crypto";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import type { RunWork } from "../files/workflow-model.ts";
import { evaluateText } from "../language/expressions.ts";
import type { WorkContext, WorkEnd } from "./attempt.ts";
import { execute } from "./execute.ts";

/** Runs the script of a `run` step with the shell and in the folder that the step or the defaults name. */
export async function runShell(work: RunWork, actionName: string, context: WorkContext): Promise<WorkEnd> {
  const { frame, recorder, scope } = context;
  const { job } = frame;
  const defaults = frame.depth === 0 ? job.defaults : undefined;
  const script = evaluateText(work.script, scope) ?? "";
  const named = evaluateText(work.workingDirectory ?? defaults?.workingDirectory, scope);
  const directory = resolve(job.folders.workspace, named ?? "");
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new Error(`the working directory '${named ?? directory}' does not exist`);
  }
  const path = join(job.folders.temp, `${randomUUID()}.sh`);
  writeFileSync(path, `${script}\n`);
  const { program, parameters } = shellCommand(work.shell ?? defaults?.shell, path);
  const end = await execute(context, {
    program,
    parameters,
    directory,
    github: { action: actionName },
    special: {},
  });
  if (end.exitCode !== 0 && !context.cancel.aborted)
    recorder.error(`Process completed with exit code ${end.exitCode}.`);
  return end;
}

/** The runner's own command lines: only a shell that is named gets pipefail. */
function shellCommand(shell: string | undefined, script: string) {
  if (shell === "bash")
    return { program: "bash", parameters: ["--noprofile", "--norc", "-eo", "pipefail", script] };
  if (shell === "sh" || !hasBash()) return { program: "sh", parameters: ["-e", script] };
  return { program: "bash", parameters: ["-e", script] };
}

function hasBash(): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, "bash")));
}
