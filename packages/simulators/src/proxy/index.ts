import { Agent, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Clock } from "#ship/kit";
import { isRouting } from "../elbv2/actions.ts";
import type { ForwardAction, Rule, Target, TargetGroup } from "../elbv2/model.ts";
import type { Endpoint, RequestRecord } from "../ports.ts";
import { answerFixed, answerOwn, answerRedirect } from "./answers.ts";
import { chooseGroup, createRoundRobin, eligible } from "./balance.ts";
import { forward } from "./forward.ts";
import { chooseRule } from "./routing.ts";
import { stickyHeaders, stuckGroup } from "./stickiness.ts";

export interface ProxyOptions {
  readonly clock: Clock;
  /** Loopback port to listen on; 0 for a free one. */
  readonly port: number;
  /** Port and protocol the listener has at the moment, as targets and redirects are told. */
  readonly declared: () => { readonly port: number; readonly protocol: "http" | "https" };
  readonly loadBalancerArn: string;
  /** Asked for each request, so that a change is in force on the next one. In the order to try. */
  readonly rules: () => readonly Rule[];
  readonly group: (targetGroupArn: string) => TargetGroup | undefined;
  readonly targets: (group: TargetGroup) => readonly Target[];
  readonly onRequest: (record: RequestRecord) => void;
  readonly idleTimeoutMilliseconds: number;
  /** Numbers in [0, 1) that choose among weighted groups. */
  readonly random: () => number;
}

/** The data plane of one listener. */
export interface ListenerProxy {
  readonly endpoint: Endpoint;
  /** Ends all connections. */
  close(): Promise<void>;
}

/**
 * Starts a reverse proxy on loopback that serves one listener's rules. It speaks plain HTTP whatever the listener's
 * protocol, and lets authenticate actions pass. Rejects when the port is taken.
 */
export async function createProxy(options: ProxyOptions): Promise<ListenerProxy> {
  const { clock, loadBalancerArn, declared, random } = options;
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
  const roundRobin = createRoundRobin();
  const record = (outcome: Omit<RequestRecord, "at" | "loadBalancerArn">) =>
    options.onRequest({ at: clock.now(), loadBalancerArn, ...outcome });

  const serve = (action: ForwardAction, incoming: IncomingMessage, response: ServerResponse) => {
    const chosen = stuckGroup(action, incoming.headers.cookie) ?? chooseGroup(action.targetGroups, random());
    const group = chosen && options.group(chosen.targetGroupArn);
    const target = group && roundRobin.next(group.arn, eligible(options.targets(group)));
    if (!group || !target) {
      answerOwn(response, 503);
      record({ status: 503, targetConnectionError: false, ...(group ? { targetGroupArn: group.arn } : {}) });
      return;
    }
    const endpoint = { host: target.host, port: target.port };
    const { idleTimeoutMilliseconds } = options;
    const cookies = stickyHeaders(action, group.arn, clock.now());
    forward(
      incoming,
      response,
      { agent, endpoint, listener: declared(), cookies, idleTimeoutMilliseconds },
      (outcome) => record({ targetGroupArn: group.arn, endpoint, ...outcome }),
    );
  };

  const server = createServer((incoming, response) => {
    const action = chooseRule(options.rules(), incoming)?.actions.find(isRouting);
    switch (action?.type) {
      case "forward":
        return serve(action, incoming, response);
      case "fixed-response":
        answerFixed(response, action);
        return record({ status: action.statusCode, targetConnectionError: false });
      case "redirect":
        return record({
          status: answerRedirect(response, action, incoming, declared()),
          targetConnectionError: false,
        });
      default:
        answerOwn(response, 503);
        return record({ status: 503, targetConnectionError: false });
    }
  });
  server.keepAliveTimeout = 60_000;
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : options.port);
    });
  });
  return {
    endpoint: { host: "127.0.0.1", port },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          agent.destroy();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
