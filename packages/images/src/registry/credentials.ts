/** A user and password of a registry. */
export interface PasswordLogin {
  /** Host and port as image names write it; `docker.io` for Docker Hub. */
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}

/** A refresh token that a registry's token service gave at an earlier login, as Docker keeps it under `identitytoken`. */
export interface IdentityLogin {
  readonly registry: string;
  readonly identityToken: string;
}

/** What a registry knows its caller by. */
export type Login = PasswordLogin | IdentityLogin;
