import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An answer on its way back to the caller. */
export interface PassingAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Changes what an endpoint answers; `undefined` lets the answer pass as it is. */
export type Alteration = (action: string, answer: PassingAnswer) => PassingAnswer | undefined;

/** An AWS endpoint that is not quite like ours: what stands behind it answers, with what the alterations make of it. */
export interface OtherEndpoint {
  readonly url: string;
  /** Actions as they were asked for, oldest first. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Puts alterations in front of the endpoint `behind`. Answers go byte by byte where nothing changes them. */
export async function otherEndpoint(
  behind: string,
  ...alterations: readonly Alteration[]
): Promise<OtherEndpoint> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const sent = Buffer.concat(chunks);
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) {
      if (value !== undefined && !perHop.has(name)) headers.set(name, String(value));
    }
    const action = actionOf(request.headers["x-amz-target"], request.url ?? "", sent.toString("latin1"));
    asked.push(action);
    const real = await fetch(new URL(request.url ?? "/", behind), {
      method: request.method ?? "POST",
      headers,
      body: sent,
    });
    const bytes = Buffer.from(await real.arrayBuffer());
    const answer = {
      status: real.status,
      headers: Object.fromEntries([...real.headers].filter(([name]) => !perHop.has(name))),
      body: bytes.toString("utf8"),
    };
    const altered = alterations.reduce<PassingAnswer | undefined>(
      (current, alter) => alter(action, current ?? answer) ?? current,
      undefined,
    );
    const { status, headers: shown, body } = altered ?? answer;
    response.writeHead(status, shown);
    response.end(altered ? body : bytes);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** What the endpoint of a stand-in answers for actions that it has never heard of. */
export function lacks(...actions: readonly string[]): Alteration {
  return refuses("UnknownOperationException", ...actions);
}

/** Refuses actions with an error code. */
export function refuses(code: string, ...actions: readonly string[]): Alteration {
  return (action) =>
    actions.includes(action)
      ? {
          status: 400,
          headers: { "content-type": "application/x-amz-json-1.1" },
          body: JSON.stringify({ __type: code, message: `${action} is not here.` }),
        }
      : undefined;
}

/** Leaves members out of every JSON answer of an action, wherever they stand. */
export function without(action: string, ...members: readonly string[]): Alteration {
  return (asked, answer) =>
    asked === action && answer.status === 200
      ? {
          ...answer,
          body: JSON.stringify(JSON.parse(answer.body), (name, value) =>
            members.includes(name) ? undefined : value,
          ),
        }
      : undefined;
}

/** Answers an action well with this JSON body, whatever stands behind. */
export function always(action: string, body: unknown): Alteration {
  return (asked, answer) =>
    asked === action ? { ...answer, status: 200, body: JSON.stringify(body) } : undefined;
}

const perHop = new Set(["connection", "content-length", "host", "keep-alive", "transfer-encoding"]);

/** JSON protocols name the action in a header, the Query protocol in the form, CBOR in the path. */
function actionOf(target: string | string[] | undefined, path: string, form: string): string {
  return (
    String(target ?? "").split(".")[1] ??
    /\/operation\/(\w+)/.exec(path)?.[1] ??
    new URLSearchParams(form).get("Action") ??
    ""
  );
}
