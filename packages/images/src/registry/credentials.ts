/** A user and password of a registry. */
export interface Login {
  /** Host and port as image names write it; `docker.io` for Docker Hub. */
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}
