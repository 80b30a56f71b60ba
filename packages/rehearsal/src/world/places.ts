import { fileURLToPath } from "node:url";

const fromRoot = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));

/** Folders and files of this repository that a rehearsal uses. */
export const places = {
  root: fromRoot(""),
  /** The published tree, which `org/ship@v1` stands for. */
  dist: fromRoot("dist"),
  actions: fromRoot("actions"),
  sample: fromRoot("examples/shop-api"),
  reports: fromRoot(".rehearsal"),
  template: fromRoot("workflows-templates/server-ecs.yml"),
} as const;

/** The sample app's repository, and the suite as its workflow names it. */
export const sampleRepository = "acme/shop-api";
export const suite = "org/ship@v1";
