"""Creates, with boto3, a load balancer whose rule forwards to `stable` (100) and `canary` (0); prints the ARNs as JSON."""

import json

import boto3

ec2, elbv2 = boto3.client("ec2"), boto3.client("elbv2")
subnets = ec2.describe_subnets()["Subnets"][:2]
balancer = elbv2.create_load_balancer(Name="shop", Subnets=[subnet["SubnetId"] for subnet in subnets])
groups = {
    name: elbv2.create_target_group(
        Name=name, Protocol="HTTP", Port=8080, VpcId=subnets[0]["VpcId"], TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    for name in ("stable", "canary")
}
listener = elbv2.create_listener(
    LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
    Protocol="HTTP",
    Port=80,
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
)
rule = elbv2.create_rule(
    ListenerArn=listener["Listeners"][0]["ListenerArn"],
    Priority=10,
    Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
    Actions=[
        {
            "Type": "forward",
            "ForwardConfig": {
                "TargetGroups": [
                    {"TargetGroupArn": groups["stable"], "Weight": 100},
                    {"TargetGroupArn": groups["canary"], "Weight": 0},
                ]
            },
        }
    ],
)
print(json.dumps({"rule": rule["Rules"][0]["RuleArn"], **groups}))
