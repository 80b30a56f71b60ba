import { addressCheck, commandCheck, type StepCheck } from "#ship/delivery";
import { InputProblem, type Reader, type ReportProblem, type Run } from "#ship/kit";
import type { ShiftInputs, ShiftValues } from "./inputs.ts";

/** Reads HTTP headers, one `Name: value` a line. */
export function headers(): Reader<Readonly<Record<string, string>>> {
  return {
    accepts: "lines of Name: value",
    read(raw) {
      const lines = raw.split(/\r?\n/).filter((line) => line.trim() !== "");
      return Object.fromEntries(
        lines.map((line): [string, string] => {
          const [, name, value] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
          if (name === undefined || value === undefined)
            throw new InputProblem(`the line "${line.trim()}" has no name: value`);
          return [name, value];
        }),
      );
    },
  };
}

/** Reports an address that can not be asked, and headers that nobody would send. */
export function checkAddress(values: ShiftValues, problem: ReportProblem): void {
  const { target, "health-check-url": url, "health-check-headers": sent } = values;
  if (url?.startsWith("/") && target === "ecs-alb")
    problem(
      "health-check-url",
      "behind a load balancer the canary has no address of its own: give an absolute one, with health-check-headers that are routed to the canary",
    );
  if (sent !== undefined && url === undefined)
    problem("health-check-headers", "they are sent to health-check-url, which is empty");
}

/** What the inputs ask each step to pass besides the metrics. */
export function checksOf(inputs: ShiftInputs, run: Run): readonly StepCheck[] {
  const { "health-check-url": url, "gate-command": command } = inputs;
  const { clock, log, exec, environment } = run;
  return [
    ...(url === undefined
      ? []
      : [addressCheck({ url, headers: inputs["health-check-headers"] ?? {}, fetch: run.fetch, clock })]),
    ...(command === undefined
      ? []
      : [
          commandCheck({
            command,
            environment: environment.childVariables(),
            directory: environment.workspace,
            timeout: inputs["gate-timeout"],
            exec,
            clock,
            log,
          }),
        ]),
  ];
}
