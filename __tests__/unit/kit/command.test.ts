import { describe, expect, it } from "@jest/globals";
import { command, containerCommand } from "#ship/kit";

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

describe("the command of a container", () => {
  const words = (line: string) => containerCommand().read(line);

  it.each([
    ["plain words", "npm run start --port 80", ["npm", "run", "start", "--port", "80"]],
    ["lines that go on", 'npm run \\\n  start --na\\\r\nme="a\\\nb"', ["npm", "run", "start", "--name=ab"]],
    ["many blanks", "  npm   start \n --now ", ["npm", "start", "--now"]],
    ["quotes", `sh -c "a && b | c" 'd  e'`, ["sh", "-c", "a && b | c", "d  e"]],
    ["an empty word", `app --flag ""`, ["app", "--flag", ""]],
    ["escapes", 'a\\ b "c\\"d"', ["a b", 'c"d']],
    [
      "what a shell would act upon",
      "run --url=http://x?y=1&z=2 $HOME *.js #5",
      ["run", "--url=http://x?y=1&z=2", "$HOME", "*.js", "#5"],
    ],
    ["a JSON array", '["sh", "-c", "echo \\"a b\\"", ""]', ["sh", "-c", 'echo "a b"', ""]],
    ["an empty JSON array", " [] ", []],
  ])("is read from %s", (_what, line, expected) => {
    expect(words(line)).toEqual(expected);
  });

  it.each([
    ["a quote that is not closed", `echo "a`, 'a " is not closed'],
    ["a backslash at the end", "echo \\", "it ends with a \\"],
    ["broken JSON", '["a", b]', "it begins as a JSON array but is none"],
    ["an array with another type", '["sleep", 5]', "its item 1 is 5, which is no text"],
  ])("is refused with %s", (_what, line, message) => {
    expect(() => words(line)).toThrow(message);
  });
});
