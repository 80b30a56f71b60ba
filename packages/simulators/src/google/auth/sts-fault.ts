import type { JsonObject } from "../../service.ts";
import { GoogleFault } from "../status.ts";

/** Errors of the token exchange are OAuth's own (RFC 6749, 5.2), not google.rpc.Status. */
export class StsFault extends GoogleFault {
  readonly error: string;

  constructor(error: string, description: string) {
    super("INVALID_ARGUMENT", description);
    this.error = error;
  }

  override body(): JsonObject {
    return { error: this.error, error_description: this.message };
  }
}
