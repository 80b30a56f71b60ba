import { runAction } from "#ship/kit";
import { awsChecks } from "./checks/aws.ts";
import { runChecks } from "./checks/check.ts";
import { checkFiles, checkRequired, checkTools } from "./checks/local.ts";
import { permissionsCheck } from "./checks/permissions.ts";
import { readPreflightInputs } from "./inputs.ts";
import { reportPreflight } from "./report.ts";

await runAction({
  async main(run) {
    const inputs = readPreflightInputs(run);
    const { environment, log } = run;
    const findings = await runChecks({
      required: async () => checkRequired(inputs.required ?? {}),
      files: async () => checkFiles(inputs.files ?? [], environment),
      tools: async () => checkTools(inputs.tools ?? [], environment),
      permissions: permissionsCheck(inputs.permissions ?? {}, inputs["github-token"], run),
      ...awsChecks(inputs, run),
    });
    for (const { check, verdict, detail } of findings) log.info(`${verdict.padEnd(7)} ${check}: ${detail}`);
    return reportPreflight(findings);
  },
});
