/** IAM permissions of the calls a traffic target makes. */
export const cloudRunPermissions = {
  read: "run.services.get",
  write: "run.services.update",
  revision: "run.revisions.get",
  operation: "run.operations.get",
} as const;
