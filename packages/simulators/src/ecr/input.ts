import { memberReader } from "../members.ts";
import { type JsonObject, ServiceFault } from "../service.ts";

/** Reads inputs; complaints are ECR's `InvalidParameterException`. */
export const read = memberReader((message) => new ServiceFault("InvalidParameterException", message));

/** How a caller names an image. */
export interface ImageId {
  readonly imageDigest?: string;
  readonly imageTag?: string;
}

/** Reads `imageIds`. */
export function imageIds(input: JsonObject): readonly ImageId[] {
  return read.objects(input, "imageIds").map((item) => {
    const imageDigest = read.text(item, "imageDigest");
    const imageTag = read.text(item, "imageTag");
    return {
      ...(imageDigest === undefined ? {} : { imageDigest }),
      ...(imageTag === undefined ? {} : { imageTag }),
    };
  });
}

/** One page of a listing, by `maxResults` (default 100) and a `nextToken` that is the position to go on from. */
export function page<T>(
  input: JsonObject,
  items: readonly T[],
): { readonly items: readonly T[]; readonly nextToken?: string } {
  const token = read.text(input, "nextToken");
  const start = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(start) || start < 0 || start > items.length) {
    throw new ServiceFault("InvalidParameterException", `Invalid parameter at 'nextToken': '${token}'`);
  }
  const end = start + (read.whole(input, "maxResults", 1, 1000) ?? 100);
  return { items: items.slice(start, end), ...(end < items.length ? { nextToken: String(end) } : {}) };
}
