import { relative } from "node:path";
import { choosePlan } from "../plan/index.ts";
import { ownProcesses } from "../processes/index.ts";
import { type ScenarioName, scenarioOf } from "../scenario/index.ts";
import { createFolder } from "../world/index.ts";
import { type Conclusion, conclude } from "./conclude.ts";
import type { Interruption } from "./interruption.ts";
import { rehearse } from "./rehearse.ts";

/** Holds the rehearsal of one scenario from an empty world to its report, and leaves nothing behind. */
export async function hold(
  name: ScenarioName,
  { interrupted, say }: { readonly interrupted: Interruption; readonly say: (line: string) => void },
): Promise<Conclusion | "interrupted"> {
  const owned = ownProcesses();
  const stack = new AsyncDisposableStack();
  const toItsEnd = async (): Promise<Conclusion> => {
    const folder = await createFolder(owned);
    const plan = await choosePlan({ folder, stack });
    const scenario = scenarioOf(name);
    const rehearsal = await rehearse({ scenario, folder, plan, owned, stack, die: interrupted.signal, say });
    const conclusion = await conclude(rehearsal);
    const { text, report } = conclusion;
    say(`\n${text}\n\nReport: ${relative(process.cwd(), report) || report}`);
    return conclusion;
  };
  try {
    return await Promise.race([toItsEnd(), interrupted.exitCode.then(() => "interrupted" as const)]);
  } finally {
    await interrupted.endingWithin(stack.disposeAsync());
    await owned.close();
  }
}
