import { systemClock } from "#ship/kit";
import type { SimulatedService } from "#ship/simulators";
import { createFaultScript, createRequestRates } from "../../../packages/simulators/src/faults/index.ts";
import { createCallLog } from "../../../packages/simulators/src/front/call-log.ts";
import { startFront } from "../../../packages/simulators/src/front/front.ts";
import { findModels, openModels } from "../../../packages/simulators/src/models/service-model.ts";
import { createValidation } from "../../../packages/simulators/src/models/validation.ts";

const anybody = { arn: "arn:aws:iam::123456789012:user/test", userId: "AIDATEST", accountId: "123456789012" };

/** Serves some simulated services over HTTP, checking all traffic against the official models where they are present. */
export async function served(...services: readonly SimulatedService[]) {
  const validation = createValidation(openModels(findModels()));
  const front = await startFront({
    services,
    clock: systemClock,
    identities: { identify: () => anybody },
    faults: createFaultScript(undefined, undefined),
    rates: createRequestRates([], systemClock),
    calls: createCallLog(),
    validation,
  });
  return {
    /** Settings for any AWS SDK client. */
    client: {
      endpoint: front.url,
      region: "eu-central-1",
      maxAttempts: 1,
      credentials: { accessKeyId: "AKIATEST", secretAccessKey: "secret" },
    },
    violations: validation.violations,
    close: () => front.close(),
  };
}
