import { execFile } from "node:child_process";
import { platform } from "node:os";

/** How long an engine may take to say that it is there, in milliseconds. */
const patience = 10_000;

/**
 * Whether a Docker engine of this machine answers. Tasks use this machine's network and its libraries, so an engine in a
 * virtual machine or on another host is of no use.
 */
export function findEngine(dockerHost: string | undefined): Promise<"here" | "none"> {
  const isLocal = dockerHost === undefined || dockerHost.startsWith("unix:");
  if (platform() !== "linux" || !isLocal) return Promise.resolve("none");
  return new Promise((resolve) => {
    execFile("docker", ["version", "--format", "{{.Server.Version}}"], { timeout: patience }, (error) =>
      resolve(error === null ? "here" : "none"),
    );
  });
}
