/** What holds for every ref and every rule, tried with some hundreds that nobody would think of. */
import { expect, it } from "@jest/globals";
import type { TagPlan } from "#ship/images";
import { isShipError } from "#ship/kit";
import { pullRequest, push, schedule, tag, type Variables } from "./events.ts";
import { plan } from "./planning.ts";

const valid = /^\w[\w.-]{0,127}$/;

/** Picks the same things in every run. */
function picker(seed: number) {
  let state = seed;
  return <T>(items: readonly T[]): T => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const item = items[Math.floor((state / 2_147_483_648) * items.length)];
    if (item === undefined) throw new Error("there is nothing to pick");
    return item;
  };
}

const letters = [..."abcXYZ019._-/@+#=,'\"{}()&%ß日🚀é "];
const fragments = [
  ..."abc019.-/:,=#\"'{}()[]\\ |*+?",
  "type=",
  "semver",
  "pep440",
  "match",
  "raw",
  "sha",
  "ref",
  "schedule",
  "edge",
  ",pattern=",
  ",value=",
  ",group=1",
  ",match=",
  ",event=tag",
  ",event=branch",
  ",enable=",
  "true",
  ",priority=",
  ",prefix=",
  ",suffix=",
  "{{version}}",
  "{{major}}",
  "{{branch}}",
  "{{date 'YYYY'}}",
  "v(.*)",
  "latest",
];

/** The tags of a plan, or none where it is refused in words. */
async function tagsOrRefusal(planning: Promise<TagPlan>): Promise<readonly string[]> {
  try {
    return (await planning).images.map((image) => image.tag);
  } catch (error) {
    if (isShipError(error)) return [];
    throw error;
  }
}

it("gives every ref a valid tag", async () => {
  const pick = picker(1);
  let given = 0;
  for (let count = 0; count < 200; count += 1) {
    const name = Array.from({ length: pick([1, 2, 5, 20, 150]) }, () => pick(letters)).join("");
    const run: Variables = pick([push, tag])(name);
    const rules =
      "type=ref,event=branch\ntype=ref,event=tag,suffix=-x\ntype=raw,value=a-{{branch}}\ntype=match,pattern=.+";
    const tags = await tagsOrRefusal(plan(run, rules, { flavor: pick(["", "prefix=p-", "suffix=-s"]) }));
    for (const one of tags) expect(one).toMatch(valid);
    given += tags.length;
    expect(await tagsOrRefusal(plan(run, "type=ref,event=branch\ntype=ref,event=tag"))).toHaveLength(1);
  }
  expect(given).toBeGreaterThan(200);
});

it("refuses in words whatever it does not take, and never takes an invalid tag", async () => {
  const pick = picker(2);
  const runs = [push("main"), tag("v1.2.3"), tag("v1.2.3-rc.1"), pullRequest(), schedule()];
  let given = 0;
  for (let count = 0; count < 800; count += 1) {
    const rule = pick(["", "type=semver", "type=match", "type=raw", "type=sha", "type=ref"]);
    const line = rule + Array.from({ length: pick([1, 2, 3, 5, 8]) }, () => pick(fragments)).join("");
    const tags = await tagsOrRefusal(plan(pick(runs), line));
    for (const one of tags) expect(one).toMatch(valid);
    given += tags.length;
  }
  expect(given).toBeGreaterThan(20);
});
