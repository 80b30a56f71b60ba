import type { JsonObject, SimulatedService } from "#ship/simulators";

/** Calls one action of a simulated service as the front does after decoding a request. */
export async function call(
  service: SimulatedService,
  action: string,
  input: JsonObject = {},
): Promise<JsonObject> {
  const handler = service.handlers[action];
  if (!handler) throw new Error(`${service.name} has no ${action}`);
  return await handler(input, { service: service.name, action, input, region: "eu-central-1" });
}

/** The `code: message` a call fails with; an error when it does not fail. */
export async function refusal(
  service: SimulatedService,
  action: string,
  input: JsonObject = {},
): Promise<string> {
  const answer = await call(service, action, input).catch((error: unknown) => error);
  if (answer instanceof Error && "code" in answer) return `${String(answer.code)}: ${answer.message}`;
  throw new Error(`${action} was not refused: ${JSON.stringify(answer)}`);
}
