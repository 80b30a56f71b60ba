import { runAction } from "#ship/kit";
import { readRequest } from "./inputs.ts";

await runAction({
  async main(run) {
    const request = readRequest(run);
    if (request.kind === "reconcile") {
      const { reconcileAll } = await import("./reconcile.ts");
      return reconcileAll(request.values, request.places, run);
    }
    if (request.kind === "approve") {
      const { approveWaiting } = await import("./approve.ts");
      return approveWaiting(request.values, request.places, run);
    }
    const { plan, shift } = await import("./shift.ts");
    return request.inputs["dry-run"] ? plan(request.inputs, run) : shift(request.inputs, run);
  },
  async post(run) {
    const request = readRequest(run);
    if (request.kind !== "shift") return;
    const { settleLeftovers } = await import("./shift.ts");
    await settleLeftovers(request.inputs, run);
  },
});
