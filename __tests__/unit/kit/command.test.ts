import { describe, expect, it } from "@jest/globals";
import { command } from "#ship/kit";

const read = (line: string) => command().read(line);

describe("a command on one line", () => {
  it.each([
    ["npm run smoke", ["npm", "run", "smoke"]],
    ["  npm\t run \n smoke ", ["npm", "run", "smoke"]],
    [`node -e 'process.exit(1 > 2)'`, ["node", "-e", "process.exit(1 > 2)"]],
    [`k6 run --env "NAME=two words" x.js`, ["k6", "run", "--env", "NAME=two words", "x.js"]],
    [String.raw`echo "a \"quoted\" \n" it\'s`, ["echo", String.raw`a "quoted" \n`, "it's"]],
    [`curl --data='{"a": 1}'`, ["curl", '--data={"a": 1}']],
    ["./check '' end", ["./check", "", "end"]],
    ["check a=b,c:d/e@f", ["check", "a=b,c:d/e@f"]],
  ])("%j is divided into %j", (line, words) => {
    expect(read(line)).toEqual(words);
  });

  it.each([
    ["npm test | tee log", "there is no shell, so | has no meaning"],
    ["npm test && echo fine", "there is no shell, so & has no meaning"],
    ["echo $HOME", "there is no shell, so $ has no meaning"],
    ["echo 'open", "a ' is not closed"],
    ['echo "open', 'a " is not closed'],
    ["echo \\", "it ends with a \\"],
    ["''", "it names no program"],
  ])("%j is refused: %s", (line, problem) => {
    expect(() => read(line)).toThrow(problem);
  });
});
