import { memberReader } from "../members.ts";
import { ServiceFault } from "../service.ts";

/** Faults in the codes and words of CloudWatch Logs. */
export const faults = {
  invalid: (message: string) => new ServiceFault("InvalidParameterException", message),
  groupNotFound: () =>
    new ServiceFault("ResourceNotFoundException", "The specified log group does not exist."),
  streamNotFound: () =>
    new ServiceFault("ResourceNotFoundException", "The specified log stream does not exist."),
  groupExists: () =>
    new ServiceFault("ResourceAlreadyExistsException", "The specified log group already exists"),
  streamExists: () =>
    new ServiceFault("ResourceAlreadyExistsException", "The specified log stream already exists"),
};

/** Reads members of decoded Logs inputs; a misfit is an InvalidParameterException. */
export const read = memberReader(faults.invalid);
