/** The IAM permission of timeSeries.list. */
export const monitoringPermission = "monitoring.timeSeries.list";
