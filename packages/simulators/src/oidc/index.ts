export * from "./claims.ts";
export * from "./oidc-issuer.ts";
