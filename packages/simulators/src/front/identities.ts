/** Who signed a call, in the words of GetCallerIdentity. */
export interface Caller {
  readonly arn: string;
  readonly userId: string;
  readonly accountId: string;
}

/** Knows the owners of access keys. */
export interface Identities {
  /**
   * The owner of an access key. Throws a `CommonFault`: `expired-token` for a session that has ended,
   * `unrecognized-client` for a key or session token that is not known.
   */
  identify(accessKeyId: string, sessionToken: string | undefined): Caller;
}
