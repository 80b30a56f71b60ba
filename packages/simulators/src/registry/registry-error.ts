/** Error codes of the OCI distribution specification 1.1, chapter "Error codes", and their usual HTTP statuses. */
const statusByCode = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  RANGE_INVALID: 416,
  SIZE_INVALID: 413,
  TAG_INVALID: 400,
  TOOMANYREQUESTS: 429,
  UNAUTHORIZED: 401,
  UNAVAILABLE: 503,
  UNSUPPORTED: 405,
} as const;

export type RegistryErrorCode = keyof typeof statusByCode;

/** An error as a registry answers it. */
export class RegistryError extends Error {
  readonly code: RegistryErrorCode;
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: RegistryErrorCode,
    message: string,
    more: { readonly detail?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.code = code;
    this.detail = more.detail ?? null;
    this.headers = more.headers ?? {};
  }

  get status(): number {
    return statusByCode[this.code];
  }

  /** The specification's error document. */
  toJSON() {
    return { errors: [{ code: this.code, message: this.message, detail: this.detail }] };
  }
}
