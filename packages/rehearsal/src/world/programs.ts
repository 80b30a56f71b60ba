import { delimiter, dirname, join } from "node:path";
import { type ContainerRuntime, processRuntime } from "#ship/simulators";
import { places } from "./places.ts";

/**
 * Runs tasks as processes of the sample app's source: every image in `images` is that source, told apart by the
 * environment of its task definition; any other image cannot be pulled. `home` is what tasks have as their home folder.
 */
export function sampleProcesses(images: readonly string[], home: string): ContainerRuntime {
  // The container's health check calls `node`, which must be the one that runs here.
  const path = [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(delimiter);
  return processRuntime({
    resolve: (image) =>
      images.includes(image)
        ? {
            command: process.execPath,
            args: [join(places.sample, "server.js")],
            cwd: places.sample,
            env: { PATH: path, HOME: home, NODE_ENV: "production" },
          }
        : undefined,
  });
}
