import { spawn } from "node:child_process";

/**
 * Watches over a process group: when this process ends in whatever way, even by SIGKILL, the group is killed.
 * The guard is a shell that reads from a pipe only we hold; our end is its end of file. Answers how to dismiss it.
 */
export function guardGroup(processGroup: number): () => void {
  const guard = spawn(
    "/bin/sh",
    ["-c", 'read -r word; [ "$word" = over ] || kill -KILL "-$0"', String(processGroup)],
    {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    },
  );
  guard.unref();
  guard.stdin.on("error", () => undefined);
  guard.on("error", () => undefined);
  return () => guard.stdin.end("over\n");
}
