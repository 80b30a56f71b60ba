import { randomUUID } from "node:crypto";
import type { BlobStore, PartialBlob } from "./blob-store.ts";
import { RegistryError } from "./registry-error.ts";

/** An upload a client has begun. */
export interface Upload {
  readonly id: string;
  readonly repository: string;
  readonly blob: PartialBlob;
}

/** The uploads under way. */
export interface Uploads {
  begin(repository: string): Promise<Upload>;
  /** Throws `BLOB_UPLOAD_UNKNOWN`. */
  get(repository: string, id: string): Upload;
  end(upload: Upload): void;
}

/** Keeps track of uploads into a blob store. */
export function createUploads(blobs: BlobStore): Uploads {
  const uploads = new Map<string, Upload>();
  return {
    async begin(repository) {
      const id = randomUUID();
      const upload = { id, repository, blob: await blobs.begin(id) };
      uploads.set(id, upload);
      return upload;
    },
    get(repository, id) {
      const upload = uploads.get(id);
      if (upload?.repository === repository) return upload;
      throw new RegistryError("BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry", { detail: { id } });
    },
    end: (upload) => void uploads.delete(upload.id),
  };
}
