/** What an identity needs to set a timer in Cloud Scheduler: IAM permissions; the last one on the account that it acts as. */
export const timerPermissions: readonly string[] = [
  "cloudscheduler.jobs.create",
  "cloudscheduler.jobs.update",
  "cloudscheduler.jobs.delete",
  "iam.serviceAccounts.actAs",
];
