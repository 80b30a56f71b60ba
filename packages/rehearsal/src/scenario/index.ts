export type { EndState, ServingState } from "./end-state.ts";
export {
  type Expectation,
  type Release,
  type Scenario,
  type ScenarioName,
  scenarioNames,
  scenarios,
} from "./scenario.ts";
export { totalOf } from "./users.ts";
export { type Finding, holds, judge } from "./verdict.ts";
