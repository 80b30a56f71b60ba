import type { RestRoute } from "./wire/rest-json.ts";

/** A parsed JSON object as it crosses the wire. */
export type JsonObject = { [key: string]: unknown };

/** One API call as a simulated service sees it, after its protocol has been decoded. */
export interface ServiceCall {
  /** Short service name: `ecs`, `elbv2`, `cloudwatch`, `logs`, `ecr`, `sts`, `scheduler`, `codedeploy`. */
  readonly service: string;
  /** The API's own action name, for example `UpdateService`. */
  readonly action: string;
  readonly input: JsonObject;
  /** Region of the credential scope; `us-east-1` when the call carries none. */
  readonly region: string;
  /** Access key id of the caller; absent for unsigned calls. */
  readonly accessKeyId?: string;
}

/** Answers one action. Throws {@link ServiceFault} for an error the API declares. */
export type Handler = (input: JsonObject, call: ServiceCall) => JsonObject | Promise<JsonObject>;

/**
 * How a service speaks: AWS JSON (with its `X-Amz-Target` prefix), Query with XML answers (with its `Version`) or REST-JSON
 * (by method and path).
 */
export type Protocol =
  | { readonly kind: "json"; readonly targetPrefix: string; readonly version: "1.0" | "1.1" }
  | { readonly kind: "query"; readonly apiVersion: string; readonly xmlNamespace: string }
  | { readonly kind: "rest-json"; readonly routes: readonly RestRoute[] };

/**
 * A stateful stand-in of one AWS API: framework-free handlers by action name.
 * The HTTP front (wire format, faults, call log) is the same for all.
 */
export interface SimulatedService {
  readonly name: string;
  /** A service may speak several protocols (CloudWatch: JSON, Query, CBOR); the first is its main one. */
  readonly protocols: readonly Protocol[];
  readonly handlers: Readonly<Record<string, Handler>>;
  /** Ends timers and processes the service owns. */
  close?(): Promise<void>;
}

/** An error as the real service would answer it. */
export class ServiceFault extends Error {
  /** The API's error code, for example `ServiceNotFoundException`. */
  readonly code: string;
  /** HTTP status; 400 unless told. */
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
