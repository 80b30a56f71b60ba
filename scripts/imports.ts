/** Checks the house rules ("Who may import whom" and its neighbours): part of `npm run check`. */
import { fileURLToPath } from "node:url";
import { checkHouse, describeViolation } from "./imports/house.ts";

const violations = checkHouse(fileURLToPath(new URL("..", import.meta.url)));
for (const violation of violations) console.error(describeViolation(violation));
process.exitCode = violations.length > 0 ? 1 : 0;
