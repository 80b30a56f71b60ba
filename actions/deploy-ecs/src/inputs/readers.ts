import { text } from "#ship/kit";

/** The name of a service, or its ARN. */
export const service = text(/^[\w:/-]{1,512}$/, "the name or ARN of a service");
/** The name of a cluster, or its ARN. */
export const cluster = text(/^[\w:/-]{1,512}$/, "the name or ARN of a cluster");
/** The ARN of an IAM role, of any partition. */
export const role = text(
  /^arn:aws[\w-]*:iam::\d{12}:role\/.+$/,
  "an ARN such as arn:aws:iam::123456789012:role/deploy",
);
