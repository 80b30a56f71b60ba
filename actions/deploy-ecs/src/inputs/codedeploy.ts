import type { CodeDeployWishes } from "#ship/aws";
import { type InputValues, optional, type ReportProblem, text } from "#ship/kit";

/** Names of CodeDeploy: 1 to 100 characters (API reference, ApplicationName, DeploymentGroupName, DeploymentConfigName). */
const name = (what: string) => text(/^.{1,100}$/, `the name of ${what}, at most 100 characters`);

/** Deployments that AWS CodeDeploy carries out. */
export const codeDeployInputs = {
  "codedeploy-appspec": optional(text()),
  "codedeploy-application": optional(name("an application")),
  "codedeploy-deployment-group": optional(name("a deployment group")),
  "codedeploy-deployment-description": optional(text()),
  "codedeploy-deployment-config": optional(name("a deployment configuration")),
};
type Values = InputValues<typeof codeDeployInputs> & { readonly strategy: string };

/** What is asked of CodeDeploy, which only a service of its controller needs. */
export function readCodeDeploy(inputs: Values): CodeDeployWishes {
  return {
    isDemanded: inputs.strategy === "codedeploy",
    settings: {
      appSpec: inputs["codedeploy-appspec"],
      application: inputs["codedeploy-application"],
      group: inputs["codedeploy-deployment-group"],
      description: inputs["codedeploy-deployment-description"],
      configuration: inputs["codedeploy-deployment-config"],
    },
  };
}

/** Names of the inputs that are given. */
export function givenToCodeDeploy(inputs: Values): readonly (keyof typeof codeDeployInputs)[] {
  const names = Object.keys(codeDeployInputs) as (keyof typeof codeDeployInputs)[];
  return names.filter((name) => inputs[name] !== undefined);
}

/** Mistakes that only several of these inputs together show. */
export function checkCodeDeploy(inputs: Values, problem: ReportProblem): void {
  const { strategy } = inputs;
  if (strategy === "inherit" || strategy === "codedeploy") return;
  for (const input of givenToCodeDeploy(inputs))
    problem(input, `it is for services that CodeDeploy deploys, but \`strategy\` is ${strategy}`);
}
