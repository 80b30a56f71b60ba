import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createEngine } from "#ship/docker";
import type { BuildPlan, EngineName, ImageEngine } from "#ship/images";
import { ShipError } from "#ship/kit";
import { blob, type EngineWorld, openWorld, stored, type WorldRegistry } from "./world.ts";

/** One engine under test. */
export interface Subject {
  readonly title: string;
  readonly name: EngineName;
  readonly registry: () => WorldRegistry;
  readonly environment: () => Readonly<Record<string, string>>;
  /** Paths of programs that are not the first of their name on PATH. */
  readonly programs: () => Readonly<Record<string, string>>;
  /** A static program with a shell in it, as `busybox`; a file of any content where nothing is really run. */
  readonly busybox: () => string;
  /** Where images cannot be run, no test of that is made. */
  readonly runs: "images" | "nothing";
  /** Where only the machine's own platform can be built, no test of several is made. */
  readonly platforms: "several" | "one";
  /** What every plan says besides. */
  readonly plan: () => Partial<BuildPlan>;
}

const secret = "correct horse battery staple";
const none = new AbortController().signal;
/** Real engines on a busy machine. */
const patience = 60_000;

/** What every engine has to do alike. */
export function everyEngine(subject: Subject): void {
  describe(subject.title, () => {
    let world: EngineWorld;
    let engine: ImageEngine;

    beforeEach(async () => {
      world = await openWorld(subject.registry(), subject.environment(), subject.programs());
      engine = createEngine(subject.name, world.options);
      copyFileSync(subject.busybox(), join(world.context, "busybox"));
      // Other content each time, so that no test meets the cache of another.
      writeFileSync(join(world.context, "stamp"), `${Math.random()}\n`);
      world.dockerfile("FROM scratch", "COPY busybox /bin/busybox", "COPY stamp /stamp");
    });
    afterEach(async () => {
      await engine.close();
      await world.close();
    });

    const planned = (...more: Parameters<EngineWorld["plan"]>) =>
      world.plan({ ...subject.plan(), ...more[0] });
    const wanted = () => subject.registry();

    it(
      "pushes what it built under every reference, and reports the digest that the registry stores",
      async () => {
        const plan = planned({
          references: [world.reference("1.0.0"), world.reference("latest")],
          labels: { "org.opencontainers.image.title": 'Tom\'s "shop" = open, 24/7' },
        });
        await engine.verify(plan, none);
        const built = await engine.build(plan, none);
        expect(built.id).toMatch(/^sha256:[0-9a-f]{64}$/);
        expect(built.sizeBytes).toBeGreaterThan(0);
        const publication = await engine.push(plan, built, 1, none);

        const manifest = await stored(wanted(), "1.0.0");
        expect(publication).toEqual({
          kind: "complete",
          digests: new Map(plan.references.map((reference) => [reference, manifest?.digest])),
        });
        expect((await stored(wanted(), "latest"))?.digest).toBe(manifest?.digest);
        const image = JSON.parse(
          await blob(wanted(), (await single(manifest)).document.config?.digest ?? ""),
        );
        expect(image.config.Labels).toMatchObject(plan.labels);
        await engine.close();
        expect(world.leftovers()).toEqual([]);
      },
      patience,
    );

    it(
      "says which instructions it carried out, and which it had done before",
      async () => {
        const plan = planned();
        const first = await engine.build(plan, none);
        expect(first.steps.map(({ instruction }) => instruction)).toEqual([
          "COPY busybox /bin/busybox",
          "COPY stamp /stamp",
        ]);
        expect(first.steps.at(-1)?.state).toBe("built");
        const second = await engine.build(plan, none);
        expect(second.steps.map(({ state }) => state)).toEqual(["cached", "cached"]);
        expect(second.id).toBe(first.id);
      },
      patience,
    );

    it(
      "builds and pushes with a cache that can neither be read nor written",
      async () => {
        const nowhere = "type=registry,ref=127.0.0.1:1/shop";
        const writes =
          subject.platforms === "several" && (await engine.cacheExports(none)).includes("registry");
        const plan = planned({
          references: [world.reference("cacheless")],
          cacheFrom: [`type=registry,ref=${wanted().host}/shop:is-not-there`, nowhere],
          cacheTo: writes ? [`${nowhere},ignore-error=true`] : [],
        });
        await engine.verify(plan, none);
        const built = await engine.build(plan, none);
        await engine.push(plan, built, 1, none);
        expect(await stored(wanted(), "cacheless")).toBeDefined();
      },
      patience,
    );

    it(
      "gives a secret to the instruction that mounts it, and to nothing else",
      async () => {
        world.dockerfile(
          "FROM scratch",
          "COPY busybox /bin/busybox",
          "COPY stamp /stamp",
          `RUN --mount=type=secret,id=token ["/bin/busybox", "wc", "-c", "/run/secrets/token"]`,
        );
        const plan = planned({ secrets: [{ id: "token", source: { kind: "value", value: secret } }] });
        await engine.verify(plan, none);
        const built = await engine.build(plan, none);
        await engine.push(plan, built, 1, none);

        expect(world.options.log.lines.join("\n")).toContain(String(secret.length));
        const shown = [world.options.log.lines, world.started.map((command) => command.arguments), built];
        expect(JSON.stringify(shown)).not.toContain(secret);
        const manifest = await stored(wanted(), "1.0.0");
        for (const { digest } of manifest?.document.manifests ?? []) {
          const part = await stored(wanted(), digest);
          expect(JSON.stringify(part)).not.toContain(secret);
          for (const each of [part?.document.config, ...(part?.document.layers ?? [])])
            expect(await blob(wanted(), each?.digest ?? "")).not.toContain(secret);
        }
        expect(await blob(wanted(), (await single(manifest)).document.config?.digest ?? "")).not.toContain(
          secret,
        );
        await engine.close();
        expect(world.leftovers()).toEqual([]);
      },
      patience,
    );

    it(
      "names the instruction that failed, with its last lines, and pushes nothing",
      async () => {
        world.dockerfile(
          "FROM scratch",
          "COPY busybox /bin/busybox",
          `RUN ["/bin/busybox", "ls", "/is-not-there"]`,
        );
        const plan = planned({ references: [world.reference("broken")] });
        const failure = await failureOf(engine.build(plan, none));
        expect(failure.code).toBe("BUILD_FAILED");
        expect(failure.message).toMatch(/^RUN \[?"?\/bin\/busybox.*is-not-there"?\]? \(.*\d\/\d\): /);
        expect(failure.details.join("\n")).toContain("is-not-there");
        expect(await stored(wanted(), "broken")).toBeUndefined();
        await engine.close();
        expect(world.leftovers()).toEqual([]);
      },
      patience,
    );

    if (subject.platforms === "several") {
      it(
        "puts each of two platforms where the registry can be asked for it",
        async () => {
          const platforms = ["linux/amd64", "linux/arm64"];
          const plan = planned({ platforms, references: [world.reference(`many-${subject.name}`)] });
          await engine.verify(plan, none);
          const built = await engine.build(plan, none);
          expect(built.local).toBeDefined();
          const publication = await engine.push(plan, built, 1, none);
          expect(await platformsOf(publication)).toEqual(platforms);
        },
        patience,
      );
    }

    async function platformsOf(publication: Awaited<ReturnType<ImageEngine["push"]>>): Promise<string[]> {
      const tagged = await stored(wanted(), `many-${subject.name}`);
      if (publication.kind === "complete") {
        expect([...publication.digests.values()]).toEqual([tagged?.digest]);
        return (tagged?.document.manifests ?? [])
          .map(({ platform }) => `${platform?.os}/${platform?.architecture}`)
          .filter((name) => name !== "unknown/unknown");
      }
      // No single platform may stand behind the wanted tag while others are still to come.
      expect(tagged).toBeUndefined();
      return Promise.all(
        publication.parts.map(async ({ digest, stagingTag }) => {
          const manifest = await stored(wanted(), stagingTag);
          expect(manifest?.digest).toBe(digest);
          const image = JSON.parse(await blob(wanted(), manifest?.document.config?.digest ?? ""));
          return `${image.os}/${image.architecture}`;
        }),
      );
    }

    it(
      "does not try a refusal again",
      async () => {
        const stranger = await openWorld(
          subject.registry(),
          subject.environment(),
          subject.programs(),
          "stranger",
        );
        try {
          const plan = planned({ references: [world.reference("refused")] });
          const locked = createEngine(subject.name, stranger.options);
          const built = await locked.build(plan, none);
          const failure = await failureOf(locked.push(plan, built, 5, none));
          expect(failure.code).toBe("PUSH_FAILED");
          expect(failure.message).toMatch(/no basic auth credentials|unauthorized|authentication required/i);
          expect(stranger.options.log.lines.filter((line) => line.includes("trying again"))).toEqual([]);
          await locked.close();
        } finally {
          await stranger.close();
        }
      },
      patience,
    );

    if (subject.runs === "images") {
      it(
        "runs the built image with a command line, and says how it failed",
        async () => {
          const built = await engine.build(planned(), none);
          await engine.run(built, ["/bin/busybox", "echo", "all is well"], none);
          expect(world.options.log.lines).toContain("quote: test │ all is well");
          const failure = await failureOf(engine.run(built, ["/bin/busybox", "cat", "/is-not-there"], none));
          expect(failure.code).toBe("IMAGE_TEST_FAILED");
          expect(failure.message).toContain('"/bin/busybox cat /is-not-there" ended with exit code 1');
          expect(failure.message).toMatch(/; it said last: cat: .*is-not-there/);
          expect(failure.details.join("\n")).toContain("No such file or directory");
        },
        patience,
      );

      it(
        "removes the container of a test that is cancelled",
        async () => {
          const built = await engine.build(planned(), none);
          const cancel = new AbortController();
          const testing = failureOf(engine.run(built, ["/bin/busybox", "sleep", "61"], cancel.signal));
          await new Promise((resolve) => setTimeout(resolve, 2_000));
          cancel.abort(new ShipError("CANCELLED", "The runner asked this step to stop."));
          expect((await testing).code).toBe("CANCELLED");
          expect(world.started.at(-1)?.arguments[0]).toBe("rm");
          expect(programsRunning("sleep 61")).toEqual([]);
        },
        patience,
      );
    }

    it(
      "ends a build with everything it started when it is cancelled",
      async () => {
        world.dockerfile(
          "FROM scratch",
          "COPY busybox /bin/busybox",
          "COPY stamp /stamp",
          `RUN ["/bin/busybox", "sleep", "60"]`,
        );
        const cancel = new AbortController();
        const building = failureOf(
          engine.build(
            planned({ secrets: [{ id: "token", source: { kind: "value", value: secret } }] }),
            cancel.signal,
          ),
        );
        while (
          !world.options.log.lines.some(
            (line) => line.includes('"sleep"') || line.includes("/bin/busybox sleep"),
          )
        )
          await new Promise((resolve) => setTimeout(resolve, 50));
        const begun = Date.now();
        cancel.abort(new ShipError("CANCELLED", "The runner asked this step to stop."));
        expect((await building).code).toBe("CANCELLED");
        await engine.close();
        expect(Date.now() - begun).toBeLessThan(7_000);
        expect(world.leftovers()).toEqual([]);
      },
      patience,
    );

    /** The image of one platform behind a manifest or an index with attestations. */
    async function single(manifest: Awaited<ReturnType<typeof stored>>) {
      const [first] = manifest?.document.manifests ?? [];
      const found = first ? await stored(wanted(), first.digest) : manifest;
      if (!found) throw new Error("The registry has no such image.");
      return found;
    }
  });
}

/** Command lines of this machine that end so. */
function programsRunning(ending: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      } catch {
        return "";
      }
    })
    .filter((line) => line.endsWith(ending));
}

/** The error that a piece of work ends with. */
export async function failureOf(work: Promise<unknown>): Promise<ShipError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ShipError) return error;
    throw error;
  }
  throw new Error("It did not fail.");
}
