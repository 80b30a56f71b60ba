import { memberReader } from "../members.ts";
import { ServiceFault } from "../service.ts";

/** Faults in the codes and words of EventBridge Scheduler. */
export const faults = {
  invalid: (message: string) => new ServiceFault("ValidationException", message),
  exists: (name: string) => new ServiceFault("ConflictException", `Schedule ${name} already exists.`, 409),
  notFound: (name: string) =>
    new ServiceFault("ResourceNotFoundException", `Schedule ${name} does not exist.`, 404),
};

/** Reads members of decoded Scheduler inputs; a misfit is a ValidationException. */
export const read = memberReader(faults.invalid);
