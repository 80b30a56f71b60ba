import { runAction } from "#ship/kit";
import { readShiftInputs } from "./inputs.ts";

await runAction({
  async main(run) {
    const inputs = readShiftInputs(run);
    const { plan, shift } = await import("./shift.ts");
    return inputs["dry-run"] ? plan(inputs, run) : shift(inputs, run);
  },
  async post(run) {
    const { settleLeftovers } = await import("./shift.ts");
    await settleLeftovers(readShiftInputs(run), run);
  },
});
