import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { ContainerSpec } from "../../../../packages/simulators/src/ports.ts";
import { processRuntime } from "../../../../packages/simulators/src/runtime/processes.ts";

const server = `
  require("node:http").createServer((_, answer) => answer.end(process.env.GREETING)).listen(process.env.PORT, "127.0.0.1", () => {
    console.log("listening");
    console.error("on stderr too");
  });
`;
const stubborn = `process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("listening");`;
const parent = `
  const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  console.log("grandchild " + child.pid); setInterval(() => {}, 1000);
`;
const programs: Record<string, string> = { server, stubborn, parent, crash: "process.exit(7)" };

const container = (image: string): ContainerSpec => ({
  name: "app",
  image,
  essential: true,
  environment: { GREETING: "good day" },
  ports: [8080],
});

const runtimes: ReturnType<typeof processRuntime>[] = [];
afterEach(() => Promise.all(runtimes.splice(0).map((runtime) => runtime.close())));

/** Starts an image and answers what it told. */
async function started(image: string) {
  const runtime = processRuntime({
    resolve: (name) => {
      const code = programs[name];
      return code === undefined
        ? undefined
        : {
            command: process.execPath,
            args: ["-e", code],
            cwd: process.cwd(),
            env: { PATH: process.env["PATH"] ?? "" },
          };
    },
  });
  runtimes.push(runtime);
  const lines: string[] = [];
  const told = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<{ exitCode?: number; reason?: string }>();
  const running = await runtime.start(container(image), {
    output: (line) => {
      lines.push(line);
      told.resolve(line);
    },
    exited: ended.resolve,
  });
  return { runtime, running, lines, firstLine: told.promise, exit: ended.promise };
}

const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function gone(pid: number): Promise<void> {
  for (let tries = 0; alive(pid); tries += 1) {
    if (tries > 200) throw new Error(`process ${pid} still runs`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("tasks as processes", () => {
  it("answer on the endpoint they are said to have, with the container's environment", async () => {
    const { running, firstLine, lines } = await started("server");
    await firstLine;
    const endpoint = running.endpoint(8080);
    expect(endpoint?.host).toBe("127.0.0.1");
    const answer = await fetch(`http://127.0.0.1:${endpoint?.port}/`);
    expect(await answer.text()).toBe("good day");
    expect(running.endpoint(9999)).toBeUndefined();
    expect(lines).toContain("listening");
  });

  it("end on SIGTERM with 143, and with 137 when they ignore it beyond the grace time", async () => {
    const polite = await started("server");
    await polite.firstLine;
    await polite.running.stop(5_000);
    expect(await polite.exit).toEqual({ exitCode: 143 });

    const deaf = await started("stubborn");
    await deaf.firstLine;
    await deaf.running.stop(100);
    expect(await deaf.exit).toEqual({ exitCode: 137 });
  });

  it("tell the exit code of a crash", async () => {
    const { exit } = await started("crash");
    expect(await exit).toEqual({ exitCode: 7 });
  });

  it("of an unknown image fail as an image that cannot be pulled", async () => {
    await expect(started("nowhere")).rejects.toThrow(/^CannotPullContainerError: .*nowhere: not found$/);
  });

  it("take their own children with them", async () => {
    const { running, firstLine } = await started("parent");
    const grandchild = Number((await firstLine).replace("grandchild ", ""));
    expect(alive(grandchild)).toBe(true);
    await running.stop(5_000);
    await gone(grandchild);
  });

  it("run health check commands beside the program and tell their exit code", async () => {
    const { running } = await started("server");
    expect(await running.execute?.(["/bin/sh", "-c", 'test "$GREETING" = "good day"'], 5_000)).toBe(0);
    expect(await running.execute?.(["/bin/sh", "-c", "exit 3"], 5_000)).toBe(3);
    expect(await running.execute?.(["/bin/sleep", "60"], 50)).toBe(137);
  });

  it("do not outlive a simulator that is killed", async () => {
    const module = new URL("../../../../packages/simulators/src/runtime/processes.ts", import.meta.url).href;
    const script = `
      const { processRuntime } = await import(${JSON.stringify(module)});
      const runtime = processRuntime({ resolve: () => ({ command: process.execPath, args: ["-e", "console.log(process.pid); setInterval(() => {}, 1000)"], cwd: "/", env: {} }) });
      await runtime.start({ name: "app", image: "any", essential: true, environment: {}, ports: [] }, { output: (line) => console.log(line), exited: () => {} });
    `;
    const simulator = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [said] = (await once(simulator.stdout, "data")) as [Buffer];
    const task = Number(said.toString());
    expect(alive(task)).toBe(true);
    simulator.kill("SIGKILL");
    await gone(task);
  });
});
