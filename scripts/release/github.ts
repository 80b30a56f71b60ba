/** GitHub releases, through the gh program, which finds its token in the environment. */
import { execFileSync } from "node:child_process";
import type { Announcements } from "./release.ts";

/** Releases of the repository that `folder` is a clone of. */
export function githubReleases(folder: string): Announcements {
  const gh = (...args: string[]) =>
    execFileSync("gh", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  return {
    async draft(tag, notes) {
      const known: unknown = JSON.parse(gh("release", "list", "--limit", "1000", "--json", "tagName"));
      const exists = Array.isArray(known) && known.some((one: { tagName?: unknown }) => one.tagName === tag);
      if (!exists) gh("release", "create", tag, "--draft", "--verify-tag", "--title", tag, "--notes", notes);
    },
    async publish(tag) {
      gh("release", "edit", tag, "--draft=false");
    },
  };
}
