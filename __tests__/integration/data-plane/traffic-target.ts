import type { Candidate, Health, TargetState, TrafficTarget } from "#ship/delivery";
import { ShipError } from "#ship/kit";
import type { Haproxy } from "./haproxy.ts";

const wholeTraffic = 10_000;

/** Divides traffic between `blue` and `green` through HAProxy's runtime API, by the house's rules for targets. */
export function haproxyTarget(haproxy: Haproxy): TrafficTarget {
  let known: number | undefined;
  const weight = async () => {
    const answer = await haproxy.command(`show map ${haproxy.weights}`);
    const [, points] = /canary (\d+)/.exec(answer) ?? [];
    if (points === undefined)
      throw new ShipError("SERVICE_UNAVAILABLE", `HAProxy answered no weight of the canary: ${answer}`);
    return Number(points);
  };
  const setWeight = (points: number) => `set map ${haproxy.weights} canary ${points}`;

  return {
    async inspect(): Promise<TargetState> {
      known = await weight();
      const split = { canary: known / wholeTraffic };
      return { split, stable: { name: "blue" }, canary: { name: "green" }, warnings: [] };
    },
    async route({ canary }) {
      const wanted = Math.round(canary * wholeTraffic);
      const found = await weight();
      if (found !== (known ?? found))
        throw new ShipError("TRAFFIC_DRIFTED", `The weight is ${found}, not the ${known} written last.`);
      if (found !== wanted) await haproxy.command(setWeight(wanted));
      known = await weight();
      if (known !== wanted)
        throw new ShipError("TRAFFIC_NOT_APPLIED", `The weight is ${known} after ${wanted} was written.`);
    },
    async restore() {
      await haproxy.command(setWeight(0));
      known = 0;
    },
    restoreByHand: () => haproxy.byHand(setWeight(0)),
    async health({ name }: Candidate): Promise<Health> {
      // pxname,svname,… of every proxy and server; `status` is the 18th column (Management Guide, 9.1).
      const rows = (await haproxy.command("show stat")).split("\n").map((line) => line.split(","));
      const servers = rows.filter(([proxy, server]) => proxy === name && server?.startsWith(name));
      const isUp = (row: readonly string[]) => row[17]?.startsWith("UP") ?? false;
      const reasons = servers.filter((row) => !isUp(row)).map((row) => `${row[1]} is ${row[17]}`);
      return { healthy: servers.filter(isUp).length, registered: servers.length, reasons };
    },
    async retire() {},
  };
}
