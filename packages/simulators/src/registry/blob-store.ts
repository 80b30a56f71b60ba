import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { algorithmOf, isDigest } from "./digest.ts";

/** Bytes on their way in, before their digest is known. */
export interface PartialBlob {
  readonly size: number;
  append(bytes: Readable): Promise<void>;
  /** Digest of what has arrived, in the algorithm of `like`. */
  digest(like: string): Promise<string>;
  /** Keeps the bytes under their digest. */
  keep(digest: string): Promise<void>;
  discard(): Promise<void>;
}

/** Where layers and configurations lie. Content is shared between repositories, as in real registries. */
export interface BlobStore {
  /** Size in bytes; `undefined` for a digest that is not there. */
  size(digest: string): Promise<number | undefined>;
  read(digest: string): Readable;
  begin(id: string): Promise<PartialBlob>;
}

/** Keeps everything in memory. */
export function memoryBlobStore(): BlobStore {
  const blobs = new Map<string, Buffer>();
  return {
    size: async (digest) => blobs.get(digest)?.length,
    read: (digest) => Readable.from([blobs.get(digest) ?? Buffer.alloc(0)]),
    async begin() {
      let bytes = Buffer.alloc(0);
      return {
        get size() {
          return bytes.length;
        },
        async append(more) {
          const chunks = [bytes];
          for await (const chunk of more) chunks.push(Buffer.from(chunk));
          bytes = Buffer.concat(chunks);
        },
        digest: async (like) =>
          `${algorithmOf(like)}:${createHash(algorithmOf(like)).update(bytes).digest("hex")}`,
        async keep(digest) {
          blobs.set(digest, bytes);
        },
        async discard() {
          bytes = Buffer.alloc(0);
        },
      };
    },
  };
}

/** Keeps each blob in a file of `folder`, which is created when missing; nothing large is held in memory. */
export async function folderBlobStore(folder: string): Promise<BlobStore> {
  await mkdir(folder, { recursive: true });
  const fileOf = (digest: string) => {
    if (!isDigest(digest)) throw new Error(`${digest} is not a digest.`);
    return join(folder, digest.replace(":", "-"));
  };
  return {
    size: (digest) =>
      stat(fileOf(digest)).then(
        (found) => found.size,
        () => undefined,
      ),
    read: (digest) => createReadStream(fileOf(digest)),
    async begin(id) {
      const file = join(folder, `upload-${id}`);
      await (await open(file, "w")).close();
      let size = 0;
      return {
        get size() {
          return size;
        },
        async append(more) {
          await pipeline(more, createWriteStream(file, { flags: "a" }));
          size = (await stat(file)).size;
        },
        async digest(like) {
          const hash = createHash(algorithmOf(like));
          for await (const chunk of createReadStream(file)) hash.update(chunk);
          return `${algorithmOf(like)}:${hash.digest("hex")}`;
        },
        keep: (digest) => rename(file, fileOf(digest)),
        discard: () => rm(file, { force: true }),
      };
    },
  };
}
