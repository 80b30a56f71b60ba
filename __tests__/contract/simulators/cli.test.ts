import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startSimulatedAws } from "#ship/simulators";

let folder: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ship-simulate-"));
});
afterEach(async () => {
  child?.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

/** Starts the command; `text()` is what it has written so far. */
function simulate(...args: readonly string[]) {
  const started = spawn(process.execPath, ["packages/simulators/src/cli.ts", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child = started;
  let text = "";
  for (const stream of [started.stdout, started.stderr]) stream.on("data", (chunk) => (text += chunk));
  const exited = once(started, "close").then(([code]: unknown[]) => code);
  const written = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const match = pattern.exec(text);
      if (match) return match[1] ?? match[0];
      if (started.exitCode !== null)
        throw new Error(`The command ended without writing ${pattern}:\n${text}`);
      await Promise.race([once(started.stdout, "data"), exited]);
    }
  };
  return { child: started, exited, written, text: () => text };
}

async function seedFile(text: string): Promise<string> {
  const file = join(folder, "seed.yml");
  await writeFile(file, text);
  return file;
}

describe("npm run simulate", () => {
  it("serves the default account, shows each call and ends on Ctrl-C leaving nothing", async () => {
    const simulation = simulate("--speed", "100");
    const endpoint = await simulation.written(/AWS_ENDPOINT_URL='([^']+)'/);
    const region = await simulation.written(/AWS_REGION='([^']+)'/);
    const ecs = new ECSClient({ endpoint, region, credentials: { accessKeyId: "A", secretAccessKey: "s" } });

    const { services } = await ecs.send(
      new DescribeServicesCommand({ cluster: "shop", services: ["shop-api"] }),
    );
    await simulation.written(/ecs DescribeServices shop-api 200 \d+ ms/);
    simulation.child.kill("SIGINT");

    expect(services?.[0]).toMatchObject({ serviceName: "shop-api", desiredCount: 2 });
    expect(await simulation.exited).toBe(0);
    await expect(fetch(endpoint)).rejects.toThrow("fetch failed");
  });

  it("ends when the shell that started it is killed", async () => {
    const shell = spawn("sh", ["-c", `"${process.execPath}" packages/simulators/src/cli.ts & wait`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    child = shell;
    const [first]: unknown[] = await once(shell.stdout, "data");
    const endpoint = /AWS_ENDPOINT_URL='([^']+)'/.exec(String(first))?.[1] ?? "";

    shell.kill("SIGKILL");
    // The pipe closes only when the last process that holds it, the simulation, has ended.
    await once(shell, "close");

    await expect(fetch(endpoint)).rejects.toThrow("fetch failed");
  });

  it("seeds what the given file says, and nothing else", async () => {
    const seed = await seedFile('account: "210987654321"\nregion: eu-west-3\n');
    const simulation = simulate("--seed", seed);
    const endpoint = await simulation.written(/AWS_ENDPOINT_URL='([^']+)'/);
    const credentials = { accessKeyId: "A", secretAccessKey: "s" };
    const caller = await new STSClient({ endpoint, region: "eu-west-3", credentials }).send(
      new GetCallerIdentityCommand({}),
    );
    const { failures } = await new ECSClient({ endpoint, region: "eu-west-3", credentials })
      .send(new DescribeServicesCommand({ cluster: "shop", services: ["shop-api"] }))
      .catch((error: Error) => ({ failures: error.name }));

    expect(caller.Account).toBe("210987654321");
    expect(failures).toBe("ClusterNotFoundException");
    expect(simulation.text()).toContain("export AWS_REGION='eu-west-3'");
    await simulation.written(/ecs DescribeServices shop-api 400 ClusterNotFoundException/);
  });

  it.each([
    ["clusters: shop", 'clusters = "shop": Invalid input: expected array'],
    ["cluster: [shop]", 'Unrecognized key: "cluster"'],
    ["account: 123456789012", "account = 123456789012: expected a text; put the number in quotes"],
    [
      "repositories: [{ name: x, tag-mutability: NO }]",
      'repositories.0.tag-mutability = "NO": Invalid option: expected one of "MUTABLE"|"IMMUTABLE"',
    ],
    ["clusters: [a\nb", "is not valid YAML"],
    [
      "load-balancers: [{ name: shop, listeners: [{ port: 80, forward: { blue: 1 } }] }]",
      "load-balancers: shop could not be created: the target group blue is not listed under target-groups (listed: none)",
    ],
    [
      "services: [{ name: api, cluster: shop, task-definition: api }]",
      "services: api could not be created: Cluster not found.",
    ],
  ])("refuses the seed %j, saying why", async (text, reason) => {
    const simulation = simulate("--seed", await seedFile(text));

    expect(await simulation.exited).toBe(1);
    expect(simulation.text()).toContain(reason);
  });

  it.each([
    [["--seed", "/no/such/file.yml"], "--seed is '/no/such/file.yml', which cannot be read"],
    [["--port", "http"], "--port is 'http'. Accepted: a number from 0 to 65535"],
    [["--speed", "0"], "--speed is '0'. Accepted: a number above 0"],
    [["--sed", "x"], "Unknown option '--sed'"],
  ])("refuses the arguments %j", async (args, reason) => {
    const simulation = simulate(...args);

    expect(await simulation.exited).toBe(1);
    expect(simulation.text()).toContain(reason);
  });

  it("refuses a port that is taken", async () => {
    await using other = await startSimulatedAws();
    const { port } = new URL(other.url);
    const simulation = simulate("--port", port);

    expect(await simulation.exited).toBe(1);
    expect(simulation.text()).toContain(`Port ${port} on 127.0.0.1 is taken`);
  });
});
