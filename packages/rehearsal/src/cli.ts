import { readArguments, usage } from "./command/arguments.ts";
import { findObstacles, hereAndNow } from "./command/checks.ts";
import { type Conclusion, seriesTable } from "./command/conclude.ts";
import { hold } from "./command/hold.ts";
import { interruption } from "./command/interruption.ts";

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Answers the exit code. Rejects with what kept a rehearsal from being held. */
async function main(argv: readonly string[]): Promise<number> {
  const request = readArguments(argv);
  if (request.kind === "help") {
    say(usage);
    return 0;
  }
  const obstacles = new Set(request.scenarios.flatMap((name) => findObstacles(hereAndNow(name))));
  if (obstacles.size > 0) throw new Error([...obstacles].join("\n"));

  const interrupted = interruption();
  const conclusions: Conclusion[] = [];
  for (const name of request.scenarios) {
    const conclusion = await hold(name, { interrupted, say });
    if (conclusion === "interrupted") return interrupted.exitCode;
    conclusions.push(conclusion);
  }
  if (conclusions.length > 1) say(`\nAll scenarios\n${seriesTable(conclusions)}`);
  return conclusions.every(({ held }) => held) ? 0 : 1;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
