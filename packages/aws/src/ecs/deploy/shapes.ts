import { CreateServiceRequest$, UpdateServiceRequest$ } from "@aws-sdk/client-ecs";
import { requestShape } from "../task-definition/schema.ts";

/** What UpdateService takes. */
export const updateShape = requestShape(UpdateServiceRequest$);
/** What CreateService takes. */
export const createShape = requestShape(CreateServiceRequest$);
