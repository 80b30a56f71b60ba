import { memberReader } from "../members.ts";
import { ServiceFault } from "../service.ts";

/** A request that does not fit the API's rules. */
export function validationError(message: string): ServiceFault {
  return new ServiceFault("ValidationError", message);
}

/** Faults in the codes and words of CloudWatch. */
export const faults = {
  invalidValue: (message: string) => new ServiceFault("InvalidParameterValue", message),
  invalidCombination: (message: string) => new ServiceFault("InvalidParameterCombination", message),
  invalidToken: (token: string) =>
    new ServiceFault("InvalidNextToken", `The token '${token}' is not one this call has answered`),
  alarmNotFound: (name: string) => new ServiceFault("ResourceNotFound", `Unknown alarm '${name}'`, 404),
};

/** Reads members of decoded CloudWatch inputs; a misfit is a ValidationError. */
export const read = memberReader(validationError);
