import { describe, expect, it } from "@jest/globals";
import { buildFailure } from "../../../packages/docker/src/failure.ts";
import { buildahProgress } from "../../../packages/docker/src/progress/buildah.ts";
import { buildKitProgress } from "../../../packages/docker/src/progress/buildkit.ts";
import { classicProgress } from "../../../packages/docker/src/progress/classic.ts";

/** What BuildKit 0.34 printed for a failing build. */
const failing = `#5 [linux/arm64 base 1/2] COPY app /app
#5 CACHED

#6 [stage-1 2/3] RUN npm ci
#6 0.297 npm error code ENOTFOUND
#6 ERROR: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1
------
 > [stage-1 2/3] RUN npm ci:
0.297 npm error code ENOTFOUND
------
Dockerfile:4
--------------------
   4 | >>> RUN npm ci
--------------------
ERROR: failed to build: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1`.split(
  "\n",
);

describe("the progress of a build", () => {
  it("of BuildKit tells which steps were cached, how long the others took, and what was exported", () => {
    const progress = buildKitProgress();
    const output = `#1 [internal] load build definition from Dockerfile
#1 DONE 0.0s
#4 [1/3] FROM docker.io/library/alpine:3.22@sha256:1
#4 CACHED
#5 [2/3] COPY app /app
#5 ...
#6 [linux/arm64 build 3/3] RUN make
#6 0.1 #5 DONE 9s
#5 [2/3] COPY app /app
#5 DONE 1.2s
#6 DONE 61.5s
#7 exporting config sha256:${"a".repeat(64)} 0.0s done
#7 DONE 0.5s
 1 warning found (use docker --debug to expand):
 - FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)`;
    for (const line of output.split("\n")) progress.line(line, 0);
    expect(progress.steps()).toEqual([
      { name: "2/3", instruction: "COPY app /app", state: "built", tookMs: 1_200 },
      { name: "linux/arm64 build 3/3", instruction: "RUN make", state: "built", tookMs: 61_500 },
    ]);
    expect(progress.configs()).toEqual([`sha256:${"a".repeat(64)}`]);
    expect(progress.warnings()).toEqual([
      "FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)",
    ]);
  });

  it("of the classic builder and of buildah is timed by its lines", () => {
    const classic = classicProgress();
    classic.line("Step 1/3 : FROM scratch", 0);
    classic.line("Step 2/3 : COPY app /app", 1_000);
    classic.line(" ---> Using cache", 1_010);
    classic.line("Step 3/3 : RUN make", 1_020);
    classic.line(" ---> 5d1b", 3_020);
    expect(classic.steps()).toEqual([
      { name: "2/3", instruction: "COPY app /app", state: "cached", tookMs: 0 },
      { name: "3/3", instruction: "RUN make", state: "built", tookMs: 2_000 },
    ]);
    const buildah = buildahProgress();
    buildah.line("[1/2] STEP 1/2: FROM scratch AS base", 0);
    buildah.line("[1/2] STEP 2/2: COPY app /app", 0);
    buildah.line("--> Using cache aea1d71c0efa", 5);
    expect(buildah.steps()).toEqual([
      { name: "1/2 2/2", instruction: "COPY app /app", state: "cached", tookMs: 0 },
    ]);
  });

  it("shows the failing instruction and the reason, and not the whole log", () => {
    const progress = buildKitProgress();
    const output = [...Array.from({ length: 500 }, (_, line) => `#3 0.1 line ${line}`), ...failing];
    for (const line of output) progress.line(line, 0);
    const failure = buildFailure(output, progress);
    expect(failure.message).toBe(
      'RUN npm ci (stage-1 2/3): process "/bin/sh -c npm ci" did not complete successfully: exit code: 1; it said last: npm error code ENOTFOUND',
    );
    expect(failure.details.join("\n")).toContain("npm error code ENOTFOUND");
  });
});
