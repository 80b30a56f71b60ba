import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "@jest/globals";
import { createTagSource } from "#ship/github";
import { manualClock, readEnvironment, systemExec } from "#ship/kit";
import { pushed, run, tag } from "./events.ts";

const signal = new AbortController().signal;
const folders: string[] = [];
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "workspace-"));
  folders.push(path);
  return path;
}

function git(directory: string, ...words: readonly string[]): string {
  const identity = {
    GIT_AUTHOR_DATE: "2026-11-20T23:30:00Z",
    GIT_COMMITTER_DATE: "2026-11-21T00:30:00+01:00",
  };
  return execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...words], {
    cwd: directory,
    env: { ...process.env, ...identity },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}

/** A checkout with one commit and the given git tags. */
function checkout(...tags: readonly string[]): string {
  const path = folder();
  git(path, "init", "--quiet");
  git(path, "commit", "--quiet", "--allow-empty", "--message", "first");
  for (const name of tags) git(path, "tag", name);
  return path;
}

interface Api {
  readonly url: string;
  readonly asked: string[];
  readonly tokens: (string | undefined)[];
}

/** An API that answers as it is told. */
async function api(answer: (path: string, response: ServerResponse, api: Api) => void): Promise<Api> {
  const asked: string[] = [];
  const tokens: (string | undefined)[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    asked.push(request.url ?? "");
    tokens.push(request.headers.authorization);
    answer(request.url ?? "", response, known);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const known = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, tokens };
  return known;
}

function json(response: ServerResponse, document: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(document));
}

function source(
  apiUrl: string,
  workspace = folder(),
  variables = tag("v1.2.3"),
  token: string | undefined = "t0ken",
  connect: typeof fetch = fetch,
) {
  const clock = manualClock();
  const environment = readEnvironment({
    PATH: process.env["PATH"],
    ...variables,
    GITHUB_API_URL: apiUrl,
    GITHUB_WORKSPACE: workspace,
  });
  return { clock, source: createTagSource({ environment, exec: systemExec, fetch: connect, clock, token }) };
}

const names = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => ({ name: `v1.0.${from + at}`, commit: { sha: pushed } }));

describe("the existing versions", () => {
  it("come from the API, page by page, with the token", async () => {
    const github = await api((path, response, { url }) => {
      if (path.includes("page=2")) json(response, names(100, 150));
      else
        json(response, names(0, 100), {
          link: `<${url}/repositories/1/tags?per_page=100&page=2>; rel="next", <${url}/x?page=2>; rel="last"`,
        });
    });
    const tags = await source(github.url).source.versions(signal);
    expect(tags).toEqual({ names: names(0, 150).map(({ name }) => name) });
    expect(github.asked).toEqual([
      "/repos/Octo/Shop/tags?per_page=100",
      "/repositories/1/tags?per_page=100&page=2",
    ]);
    expect(github.tokens).toEqual(["Bearer t0ken", "Bearer t0ken"]);
  });

  it("are asked for page by page where the Link header is lost", async () => {
    const github = await api((path, response) => {
      const page = Number(/[?&]page=(\d+)/.exec(path)?.[1] ?? 1);
      json(response, page === 3 ? [] : names((page - 1) * 100, page * 100));
    });
    const tags = await source(github.url).source.versions(signal);
    expect("names" in tags && tags.names).toHaveLength(200);
  });

  it("never show the token to another host", async () => {
    const other = await api((_, response) => json(response, names(100, 101)));
    const github = await api((_, response) =>
      json(response, names(0, 1), { link: `<${other.url}/next>; rel="next"` }),
    );
    const tags = await source(github.url).source.versions(signal);
    expect("names" in tags && tags.names).toHaveLength(2);
    expect(other.tokens).toEqual([undefined]);
  });

  it("come from the references where the endpoint lists no tags", async () => {
    const github = await api((path, response) => {
      if (path.includes("/git/matching-refs/tags/")) json(response, [{ ref: "refs/tags/api/v1.0.0" }]);
      else response.writeHead(404).end();
    });
    expect(await source(github.url).source.versions(signal)).toEqual({ names: ["api/v1.0.0"] });
  });

  it("are asked for again after a limit or an outage, as long as the server wishes", async () => {
    const answers = [429, 503];
    const github = await api((_, response) => {
      const status = answers.shift();
      if (status === undefined) json(response, names(0, 1));
      else response.writeHead(status, { "retry-after": "7" }).end();
    });
    const { clock, source: asked } = source(github.url);
    const begun = clock.now();
    expect(await clock.runUntil(asked.versions(signal))).toEqual({ names: ["v1.0.0"] });
    expect(clock.now() - begun).toBeGreaterThanOrEqual(14_000);
  });

  it("come from the checkout when the API stays silent, which is waited for twice and no more", async () => {
    let waits = 0;
    const silent: typeof fetch = async () => {
      waits += 1;
      throw new DOMException("The operation was aborted due to timeout", "TimeoutError");
    };
    const { clock, source: asked } = source(
      "http://127.0.0.1:1",
      checkout("v1.2.3"),
      tag("v1.2.3"),
      "t0ken",
      silent,
    );
    expect(await clock.runUntil(asked.versions(signal))).toEqual({ names: ["v1.2.3"] });
    await clock.runUntil(asked.commitDate(signal));
    expect(waits).toBe(2);
  });

  it.each([401, 403, 404])("come from the checkout when the API answers %i, at once", async (status) => {
    const github = await api((_, response) => response.writeHead(status).end("{}"));
    const { source: asked } = source(github.url, checkout("v1.2.2", "v1.2.3"));
    expect(await asked.versions(signal)).toEqual({ names: ["v1.2.2", "v1.2.3"] });
    expect(github.asked.length).toBeLessThanOrEqual(2);
  });

  it("come from the API even when it fails to tell about the repository", async () => {
    const github = await api((path, response) => {
      if (path.includes("/tags")) json(response, names(0, 1));
      else response.writeHead(500).end();
    });
    const { clock, source: asked } = source(
      github.url,
      folder(),
      run("schedule", "refs/heads/main", pushed, {}),
    );
    expect(await clock.runUntil(asked.repository(signal))).toEqual({});
    expect(await asked.versions(signal)).toEqual({ names: ["v1.0.0"] });
  });

  it("come from the checkout when nothing answers", async () => {
    const { clock, source: asked } = source("http://127.0.0.1:2", checkout("v1.2.3"));
    expect(await clock.runUntil(asked.versions(signal))).toEqual({ names: ["v1.2.3"] });
  });

  it("come from the checkout when the answer is no list of tags", async () => {
    const github = await api((_, response) => json(response, { message: "hello" }));
    expect(await source(github.url, checkout("v1.2.3")).source.versions(signal)).toEqual({
      names: ["v1.2.3"],
    });
  });

  it("come from the checkout when a page of something else answers", async () => {
    const github = await api((_, response) => response.writeHead(200).end("<html>Log in</html>"));
    expect(await source(github.url, checkout("v1.2.3")).source.versions(signal)).toEqual({
      names: ["v1.2.3"],
    });
    expect(github.asked).toHaveLength(1);
  });

  it("are not read out of a shallow checkout, which may lack some", async () => {
    const origin = checkout("v1.2.3");
    git(origin, "commit", "--quiet", "--allow-empty", "--message", "second");
    git(origin, "tag", "v1.2.4");
    const shallow = folder();
    git(shallow, "clone", "--quiet", "--depth=1", `file://${origin}`, ".");
    const github = await api((_, response) => response.writeHead(403).end());
    const tags = await source(github.url, shallow).source.versions(signal);
    expect(tags).toEqual({
      unreadable: expect.stringMatching(/HTTP 403, and the checkout is shallow .*fetch-depth: 0/),
    });
  });

  it("cannot be read without an API and without a checkout, and both reasons are told", async () => {
    const github = await api((_, response) => response.writeHead(401).end());
    const tags = await source(github.url).source.versions(signal);
    expect(tags).toEqual({
      unreadable: expect.stringMatching(/answered HTTP 401, and the checkout cannot be read \(.*not a git/),
    });
  });

  it("cannot be read out of a checkout without tags", async () => {
    const github = await api((_, response) => response.writeHead(401).end());
    const tags = await source(github.url, checkout()).source.versions(signal);
    expect(tags).toEqual({ unreadable: expect.stringContaining("holds no tags") });
  });
});

describe("the repository", () => {
  const documented = {
    default_branch: "trunk",
    description: "From the API",
    license: { spdx_id: "NOASSERTION" },
    html_url: "https://h/o/s",
  };

  it("is known from the event, without a request", async () => {
    const github = await api((_, response) => json(response, documented));
    expect(await source(github.url).source.repository(signal)).toEqual({
      defaultBranch: "main",
      description: "Sells things",
      license: "MIT",
      page: "https://github.com/Octo/Shop",
    });
    expect(github.asked).toEqual([]);
  });

  it("is asked for where the event does not say", async () => {
    const github = await api((_, response) => json(response, documented));
    const scheduled = run("schedule", "refs/heads/trunk", pushed, { schedule: "0 3 * * *" });
    expect(await source(github.url, folder(), scheduled).source.repository(signal)).toEqual({
      defaultBranch: "trunk",
      description: "From the API",
      page: "https://h/o/s",
    });
    expect(github.asked).toEqual(["/repos/Octo/Shop"]);
  });

  it("is not asked for twice where nothing answers", async () => {
    const scheduled = run("schedule", "refs/heads/trunk", pushed, {});
    const { clock, source: asked } = source("http://127.0.0.1:2", folder(), scheduled);
    expect(await clock.runUntil(asked.repository(signal))).toEqual({});
    const waited = clock.now();
    await clock.runUntil(asked.versions(signal));
    expect(clock.now()).toBe(waited);
  });
});

describe("the time of the commit", () => {
  it("is the event's", async () => {
    const variables = tag("v1.2.3", { head_commit: { id: pushed, timestamp: "2026-11-20T10:00:00+02:00" } });
    const { source: asked } = source("http://127.0.0.1:2", folder(), variables);
    expect(await asked.commitDate(signal)).toEqual(new Date("2026-11-20T08:00:00Z"));
  });

  it("is the API's where the event is about another commit", async () => {
    const github = await api((_, response) =>
      json(response, { commit: { committer: { date: "2026-11-19T08:00:00Z" } } }),
    );
    const variables = tag("v1.2.3", { head_commit: { id: "other", timestamp: "2026-11-20T10:00:00Z" } });
    const { source: asked } = source(github.url, folder(), variables);
    expect(await asked.commitDate(signal)).toEqual(new Date("2026-11-19T08:00:00Z"));
    expect(github.asked).toEqual([`/repos/Octo/Shop/commits/${pushed}`]);
  });

  it("is the checkout's where neither knows", async () => {
    const workspace = checkout();
    const commit = git(workspace, "rev-parse", "HEAD");
    const github = await api((_, response) => response.writeHead(404).end());
    const { source: asked } = source(github.url, workspace, run("push", "refs/heads/main", commit, {}));
    expect(await asked.commitDate(signal)).toEqual(new Date("2026-11-20T23:30:00Z"));
  });

  it("is unknown otherwise", async () => {
    const github = await api((_, response) => response.writeHead(404).end());
    expect(await source(github.url).source.commitDate(signal)).toBeUndefined();
  });
});
