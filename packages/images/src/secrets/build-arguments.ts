import { InputProblem, type Reader } from "#ship/kit";
import { readRecords } from "./records.ts";

/**
 * The input `build-args`: `KEY=value`, quoted as build-push-action does where a value has several lines. A bare `KEY` takes its
 * value from the environment, and is left out where that has none, so that the Dockerfile's own default holds
 * (Docker Docs, docker build --build-arg; moby/moby#24101).
 * @param variable looks up a variable of the job
 */
export function buildArguments(
  variable: (name: string) => string | undefined,
): Reader<Readonly<Record<string, string>>> {
  return {
    accepts: "lines of KEY=value, or KEY for a variable of the job",
    read(raw) {
      const found = new Map<string, string | undefined>();
      for (const { name, value, form, line } of readRecords(raw)) {
        if (!/^[^\s"'=]+$/.test(name)) throw new InputProblem(`line ${line} has no KEY=value`);
        if (found.has(name)) throw new InputProblem(`the key "${name}" stands twice`);
        found.set(name, form === "pair" ? value : variable(name));
      }
      return Object.fromEntries([...found].filter((pair): pair is [string, string] => pair[1] !== undefined));
    },
  };
}

/** Words of names that docker's own check warns about (BuildKit, SecretsUsedInArgOrEnv), and those next to them. */
const secretWords =
  /(?:^|_)(?:api_?keys?|access_?keys?|private_?keys?|auth|creds?|credentials?|keys?|passwords?|passwd|passphrase|pword|pwd|secrets?|tokens?)(?:_|$)/;
/** Names of what anybody may know, as docker's check leaves them out. */
const publicWords = /(?:^|_)(?:public|pub)(?:_|$)/;
/** Beginnings and shapes of tokens of GitHub, GitLab, AWS, Google, npm, Docker, Slack, Stripe; keys, JSON web tokens, logins. */
const secretValues =
  /\b(?:gh[pousr]_|github_pat_|glpat-|npm_|dckr_[po]at_|xox[abeprs]-|[rs]k_live_)[\w-]{10,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{30,}|-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.|:\/\/[^\s:/@]+:[^\s@/]+@/;

/**
 * Names of build arguments that look like secrets, by name or by value. They can be read in the image's history and in
 * provenance; `secrets` cannot. An empty value is none.
 */
export function secretLookingArguments(buildArgs: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(buildArgs)
    .filter(([name, value]) => value !== "" && (looksSecret(name) || secretValues.test(value)))
    .map(([name]) => name);
}

function looksSecret(name: string): boolean {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, "$1_$2")
    .replaceAll(/[-.]/g, "_")
    .toLowerCase();
  return secretWords.test(words) && !publicWords.test(words);
}
