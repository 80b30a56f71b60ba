import type { RunContext } from "./context.ts";
import { type Instance, startInstance } from "./instance.ts";
import type { Revision, Service } from "./model.ts";

/** The running instances of all revisions: at most one each, which is enough to serve and to fail. */
export interface Instances {
  /** The instance of a revision, started when there is none. Rejects with a `StartFailure`. */
  ensure(service: Service, revision: Revision): Promise<Instance>;
  /** Lets the instance of a revision, started when there is none, do some work. Rejects with a `StartFailure`. */
  use<T>(service: Service, revision: Revision, work: (instance: Instance) => Promise<T>): Promise<T>;
  /** Stops the instance of a revision once the work it has is done. */
  stop(revision: Revision): Promise<void>;
  close(): Promise<void>;
}

export function createInstances(context: RunContext): Instances {
  const running = new Map<Revision, Promise<Instance>>();
  const forget = (revision: Revision, entry: Promise<Instance>) => {
    if (running.get(revision) === entry) running.delete(revision);
  };
  const busy = new WeakMap<Instance, Set<Promise<unknown>>>();
  const stop = async (revision: Revision) => {
    const entry = running.get(revision);
    if (!entry) return;
    forget(revision, entry);
    const instance = await entry.catch(() => undefined);
    if (!instance) return;
    await Promise.allSettled(busy.get(instance) ?? []);
    await instance.stop();
  };
  const ensure: Instances["ensure"] = (service, revision) => {
    const known = running.get(revision);
    if (known) return known;
    const entry = startInstance(context, service, revision);
    running.set(revision, entry);
    entry.then(
      (instance) => instance.ended.then(() => forget(revision, entry)),
      () => forget(revision, entry),
    );
    return entry;
  };
  return {
    ensure,
    async use(service, revision, work) {
      const instance = await ensure(service, revision);
      const done = work(instance);
      const others = busy.get(instance) ?? new Set();
      busy.set(instance, others.add(done));
      return done.finally(() => others.delete(done));
    },
    stop,
    async close() {
      await Promise.all([...running.keys()].map(stop));
    },
  };
}
