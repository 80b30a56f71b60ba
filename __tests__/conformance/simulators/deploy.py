"""Deploys an image to the service `stable` with boto3 and its official waiter; prints what boto3 saw, as JSON."""

import json
import sys
import time

import boto3

CLUSTER, SERVICE = "shop", "stable"
ENDS = {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}

ecs = boto3.client("ecs")


def service():
    return ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]


def newest_deployment(task_definition):
    """The service deployment of our revision, once it has ended; the lists lag behind the update."""
    for _ in range(300):
        listed = ecs.list_service_deployments(cluster=CLUSTER, service=SERVICE)["serviceDeployments"]
        for arn in [entry["serviceDeploymentArn"] for entry in listed]:
            found = ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]
            revision = found["targetServiceRevision"]["arn"]
            described = ecs.describe_service_revisions(serviceRevisionArns=[revision])["serviceRevisions"][0]
            if described["taskDefinition"] == task_definition and found["status"] in ENDS:
                return found
        time.sleep(0.1)
    raise TimeoutError(f"no ended deployment of {task_definition} after 30 s")


before = service()["taskDefinition"]
definition = ecs.describe_task_definition(taskDefinition=before)["taskDefinition"]
registered = ecs.register_task_definition(
    family=definition["family"],
    networkMode=definition["networkMode"],
    requiresCompatibilities=definition["requiresCompatibilities"],
    cpu=definition["cpu"],
    memory=definition["memory"],
    containerDefinitions=[definition["containerDefinitions"][0] | {"image": sys.argv[1]}],
)["taskDefinition"]["taskDefinitionArn"]
ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=registered)
ecs.get_waiter("services_stable").wait(
    cluster=CLUSTER, services=[SERVICE], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
)
deployment = newest_deployment(registered)
stopped = ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE, desiredStatus="STOPPED")["taskArns"]
tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=stopped)["tasks"] if stopped else []
print(
    json.dumps(
        {
            "before": before,
            "registered": registered,
            "serving": service()["taskDefinition"],
            "status": deployment["status"],
            "statusReason": deployment.get("statusReason", ""),
            "rollbackReason": deployment.get("rollback", {}).get("reason", ""),
            "running": service()["runningCount"],
            "exitCodes": [
                task["containers"][0].get("exitCode") for task in tasks if task["taskDefinitionArn"] == registered
            ],
        }
    )
)
