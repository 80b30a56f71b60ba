import type { JsonObject } from "../service.ts";

/** Who calls: a federated identity or a service account. */
export interface Principal {
  /** `principal://iam.googleapis.com/…/subject/…` or `serviceAccount:<email>`. */
  readonly member: string;
  /** The account's address; absent for a federated identity. */
  readonly email?: string;
  /** Claims of the identity token a federated identity came with. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** One call as an API sees it. */
export interface GoogleCall {
  /** Values of the path's placeholders, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: JsonObject;
  readonly principal: Principal;
  /** Aborts when the caller has gone away. */
  readonly closed: AbortSignal;
}

/** One method of a REST API. */
export interface GoogleMethod {
  /** As the call log and fault rules name it, for example `services.patch`. */
  readonly action: string;
  readonly verb: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Template without leading slash: `v2/projects/{project}/…/services/{service}:getIamPolicy`. `{rest+}` spans slashes. */
  readonly path: string;
  /** Id in the API's discovery document; absent for an API without one. */
  readonly id?: string;
  /** The IAM permission a caller needs; absent for a method that takes calls without credentials. */
  readonly permission?: string;
  /** Throws a `GoogleFault` for an error the API would answer. */
  handle(call: GoogleCall): JsonObject | Promise<JsonObject>;
}

/** A stand-in of one Google API. */
export interface GoogleApi {
  /** Short name: `run`, `monitoring`, `cloudscheduler`, `sts`, `iamcredentials`, `logging`. */
  readonly name: string;
  /** Real host, which error details name. */
  readonly host: string;
  /** File of the discovery document without `.json`, for example `run-v2`; absent where there is none. */
  readonly document?: string;
  readonly methods: readonly GoogleMethod[];
}
