import { processEntry } from "./process-table.ts";

const LOOK_EVERY = 250;

/**
 * Calls `onEnd` once when the program that started this one ended first; looks four times a second, without keeping this
 * process alive. npm starts a script through a shell, and neither passes a SIGKILL on, so a shell's own parent counts, too
 * (on Linux). Meant for programs run by npm: one that a shell put into the background outlives that shell rightly.
 * Answers a function that stops looking.
 */
export function whenLauncherEnds(onEnd: () => void): () => void {
  const launcher = process.ppid;
  const shell = processEntry(launcher);
  const behindShell = shell !== undefined && /^(ba|da)?sh$/.test(shell.name) ? shell.parent : undefined;

  const timer = setInterval(() => {
    const ended =
      process.ppid !== launcher ||
      (behindShell !== undefined && processEntry(launcher)?.parent !== behindShell);
    if (!ended) return;
    clearInterval(timer);
    onEnd();
  }, LOOK_EVERY);
  timer.unref();
  return () => clearInterval(timer);
}
