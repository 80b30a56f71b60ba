/** A service account of the simulated project. */
export interface ServiceAccountOptions {
  readonly email: string;
  /**
   * Whether a federated identity may act as the account (roles/iam.workloadIdentityUser), by the claims of its identity
   * token; any that passed the provider unless told.
   */
  readonly allows?: (claims: Readonly<Record<string, unknown>>) => boolean;
  /** Longest life of a token: 3600 s, or up to 43200 s where the organization's policy extends it. */
  readonly longestTokenSeconds?: number;
}

/** A workload identity pool provider. */
export interface ProviderOptions {
  readonly pool?: string;
  readonly provider?: string;
  /** What the attribute condition says of the claims of an identity token; everything passes unless told. */
  readonly attributeCondition?: (claims: Readonly<Record<string, unknown>>) => boolean;
}
