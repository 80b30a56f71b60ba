import { expect, it } from "@jest/globals";
import { mergeGroup, pullRequest, push, pushed, schedule, tag, type Variables } from "./events.ts";
import { plan } from "./planning.ts";

/** Which tags a run may find in the registry and take for its own image without asking what is in it. */
it.each<readonly [Variables, string, string]>([
  [push("main"), "", `${pushed} fixed`],
  [push("main"), "type=ref,event=branch\ntype=sha", "main moving, sha-860c190 fixed"],
  [push("release-1.2"), "type=ref,event=branch", "release-1.2 moving"],
  [push("main"), "type=edge\ntype=raw,value=latest", "edge moving, latest moving"],
  [push("main"), "dev\n1.2.3\nv7", "dev moving, 1.2.3 fixed, v7 moving"],
  [push("main"), "x-{{branch}}-{{sha}}\nx-{{branch}}", "x-main-860c190 fixed, x-main moving"],
  [push("main"), `octo/shop:main\nocto/shop:${pushed}`, `main moving, ${pushed} fixed`],
  [schedule(), "type=schedule\ntype=schedule,pattern={{date 'YYYY.MM'}}", "nightly moving, 2026.11 moving"],
  [pullRequest(), "type=ref,event=pr", "pr-5 moving"],
  [mergeGroup(), "type=ref,event=branch", "gh-readonly-queue-main-pr-5-860c190 moving"],
  [
    tag("v1.2.3"),
    "type=semver,pattern={{version}}\ntype=semver,pattern={{major}}",
    "1.2.3 fixed, 1 moving, latest moving",
  ],
  [tag("v1.2.3-rc.1"), "type=semver,pattern={{major}}", "1.2.3-rc.1 fixed"],
  [tag("nightly-7"), "type=ref,event=tag", "nightly-7 fixed"],
])("%# how tags stand", async (variables, rules, standings) => {
  const { images } = await plan(variables, rules);
  expect(images.map((image) => `${image.tag} ${image.standing}`).join(", ")).toBe(standings);
});
