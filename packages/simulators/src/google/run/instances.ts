import type { RunContext } from "./context.ts";
import { type Instance, startInstance } from "./instance.ts";
import type { Revision, Service } from "./model.ts";

/** The running instances of all revisions: at most one each, which is enough to serve and to fail. */
export interface Instances {
  /** The instance of a revision, started when there is none. Rejects with a `StartFailure`. */
  ensure(service: Service, revision: Revision): Promise<Instance>;
  stop(revision: Revision): Promise<void>;
  close(): Promise<void>;
}

export function createInstances(context: RunContext): Instances {
  const running = new Map<Revision, Promise<Instance>>();
  const forget = (revision: Revision, entry: Promise<Instance>) => {
    if (running.get(revision) === entry) running.delete(revision);
  };
  const stop = async (revision: Revision) => {
    const entry = running.get(revision);
    if (!entry) return;
    forget(revision, entry);
    await entry.then(
      (instance) => instance.stop(),
      () => undefined,
    );
  };
  return {
    ensure(service, revision) {
      const known = running.get(revision);
      if (known) return known;
      const entry = startInstance(context, service, revision);
      running.set(revision, entry);
      entry.then(
        (instance) => instance.ended.then(() => forget(revision, entry)),
        () => forget(revision, entry),
      );
      return entry;
    },
    stop,
    async close() {
      await Promise.all([...running.keys()].map(stop));
    },
  };
}
