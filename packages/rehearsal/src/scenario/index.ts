export type { EndState, RunEnd, ServingState } from "./end-state.ts";
export {
  type Expectation,
  type Release,
  type RunExpectation,
  type Scenario,
  type ScenarioName,
  scenarioNames,
  type Variables,
} from "./scenario.ts";
export { scenarioOf } from "./scenarios.ts";
export { totalOf } from "./users.ts";
export { type Finding, holds, judge } from "./verdict.ts";
