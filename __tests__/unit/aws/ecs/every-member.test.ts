import { describe, expect, it } from "@jest/globals";
import { differences } from "../../../../packages/aws/src/ecs/task-definition/diff.ts";
import { parseTaskDefinition } from "../../../../packages/aws/src/ecs/task-definition/document.ts";
import { isSame } from "../../../../packages/aws/src/ecs/task-definition/normalise.ts";
import type { Fields } from "../../../../packages/aws/src/ecs/task-definition/schema.ts";
import {
  edited,
  everyMember,
  everyMemberOfTheModel,
  hasModel,
  leavesOf,
} from "../../../support/every-member.ts";

const document = everyMember();
const leaves = leavesOf(document);

function otherThan(value: unknown): unknown {
  if (typeof value === "boolean") return !value;
  return typeof value === "number" ? value + 1 : `${String(value)}x`;
}

describe("a task definition with every member", () => {
  it("loses none when it is read", () => {
    expect(leaves.length).toBeGreaterThan(120);
    expect(parseTaskDefinition(JSON.stringify(document), "task.json")).toEqual(document);
  });

  it("is the same as itself, and has no differences", () => {
    expect(isSame(document, structuredClone(document))).toBe(true);
    expect(differences(document, structuredClone(document))).toEqual([]);
  });

  it("is another one when any value changes, and the table of differences says so", () => {
    const unseen = leaves.filter((path) => {
      const changed = edited(document, path, otherThan) as Fields;
      return isSame(changed, document) || differences(document, changed).length === 0;
    });
    expect(unseen).toEqual([]);
  });

  it("is another one when any value goes or comes", () => {
    const unseen = leaves.filter((path) => {
      const less = edited(document, path, () => undefined) as Fields;
      return isSame(less, document) || isSame(document, less);
    });
    expect(unseen).toEqual([]);
  });
});

describe("the official model", () => {
  // Without the model beside the repository there is nothing to hold the SDK's own list of members to.
  const models = hasModel ? [everyMemberOfTheModel()] : [];

  it(`is ${hasModel ? "there" : "not there, and nothing is compared with it"}`, () => {
    for (const model of models)
      expect(parseTaskDefinition(JSON.stringify(model), "model.json")).toEqual(model);
  });
});
