import { relative } from "node:path";
import { readArguments, usage } from "./command/arguments.ts";
import { findObstacles, hereAndNow } from "./command/checks.ts";
import { conclude } from "./command/conclude.ts";
import { interruption } from "./command/interruption.ts";
import { rehearse } from "./command/rehearse.ts";
import { choosePlan } from "./plan/index.ts";
import { ownProcesses } from "./processes/index.ts";
import { scenarios } from "./scenario/index.ts";
import { createFolder } from "./world/index.ts";

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Answers the exit code. Rejects with what kept the rehearsal from being held. */
async function main(argv: readonly string[]): Promise<number> {
  const request = readArguments(argv);
  if (request.kind === "help") {
    say(usage);
    return 0;
  }
  const obstacles = findObstacles(hereAndNow(request.scenario));
  if (obstacles.length > 0) throw new Error(obstacles.join("\n"));

  const owned = ownProcesses();
  const stack = new AsyncDisposableStack();
  const interrupted = interruption();
  const hold = async (): Promise<number> => {
    const folder = await createFolder(owned);
    const plan = await choosePlan({ folder, stack });
    const scenario = scenarios[request.scenario];
    const rehearsal = await rehearse({ scenario, folder, plan, owned, stack, die: interrupted.signal, say });
    const { text, report, held } = await conclude(rehearsal);
    say(`\n${text}\n\nReport: ${relative(process.cwd(), report) || report}`);
    return held ? 0 : 1;
  };
  try {
    return await Promise.race([hold(), interrupted.exitCode]);
  } finally {
    await interrupted.endingWithin(stack.disposeAsync());
    await owned.close();
  }
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
