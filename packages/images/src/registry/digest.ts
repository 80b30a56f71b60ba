import { createHash, type Hash } from "node:crypto";

const grammar = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

/** True for a digest of an algorithm that the OCI image specification registers. */
export function isDigest(text: string): boolean {
  return grammar.test(text);
}

/** The digest of bytes, in the algorithm of `like`. */
export function digestOf(bytes: Uint8Array, like = "sha256:"): string {
  return digestText(hashFor(like).update(bytes), like);
}

/** A hash in the algorithm of a digest, for bytes that come in pieces. */
export function hashFor(like: string): Hash {
  return createHash(algorithmOf(like));
}

/** Ends a hash made by {@link hashFor}. */
export function digestText(hash: Hash, like: string): string {
  return `${algorithmOf(like)}:${hash.digest("hex")}`;
}

function algorithmOf(like: string): "sha256" | "sha512" {
  return like.startsWith("sha512:") ? "sha512" : "sha256";
}
