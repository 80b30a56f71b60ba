/** A role and its trust policy, as far as STS looks at it. */
export interface Role {
  readonly name: string;
  /** Audience the identity token must carry (the policy's condition on `aud`). */
  readonly audience: string;
  /** Subjects the policy lets in, with `*` for any text and `?` for one character (`StringLike`). */
  readonly subjects: readonly string[];
  /** 3600..43200. */
  readonly maxSessionSeconds: number;
  /** `sts:ExternalId` the policy asks of AssumeRole. */
  readonly externalId?: string;
}

/** What makes a role: everything but its name has the defaults IAM and GitHub's guide give. */
export type RoleOptions = Pick<Role, "name"> & Partial<Role>;

/** Fills in a role's defaults. The default trust lets no subject in. */
export function role(options: RoleOptions): Role {
  return { audience: "sts.amazonaws.com", subjects: [], maxSessionSeconds: 3600, ...options };
}

/** IAM's `StringLike`: case-sensitive, `*` and `?` are wildcards, the whole value must match. */
export function matchesLike(pattern: string, value: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(value);
}
