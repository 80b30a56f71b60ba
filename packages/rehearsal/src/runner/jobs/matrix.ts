import { asText, isMapping, isSequence, type Value, type ValueMapping } from "../language/value.ts";

/** Most jobs one matrix may make. */
const limit = 256;

/**
 * The combinations of an evaluated `strategy.matrix`: the product of its vectors less `exclude`, then `include`
 * merged into matching combinations or added as new ones, as GitHub documents it.
 * No matrix is one empty combination. Throws when it is malformed, empty or makes more than 256 jobs.
 */
export function combinations(matrix: Value): readonly ValueMapping[] {
  if (matrix === null) return [{}];
  if (!isMapping(matrix)) throw new Error(`strategy.matrix: expected a mapping, found '${asText(matrix)}'`);
  const vectors = Object.entries(matrix).filter(([key]) => key !== "include" && key !== "exclude");
  let product: readonly ValueMapping[] = vectors.length > 0 ? [{}] : [];
  for (const [key, values] of vectors) {
    if (!isSequence(values) || values.length === 0) {
      throw new Error(`strategy.matrix: vector '${key}' must be a sequence with at least one value`);
    }
    product = product.flatMap((combination) => values.map((value) => ({ ...combination, [key]: value })));
  }
  const excludes = filters(matrix["exclude"] ?? null, "exclude");
  const original = product.filter(
    (combination) => !excludes.some((exclude) => contains(combination, exclude)),
  );
  const all = include(
    original,
    filters(matrix["include"] ?? null, "include"),
    vectors.map(([key]) => key),
  );
  if (all.length === 0) throw new Error("strategy.matrix makes no job: every combination is excluded");
  if (all.length > limit)
    throw new Error(`strategy.matrix makes ${all.length} jobs; at most ${limit} are allowed`);
  return all;
}

/** The suffix GitHub gives the name of a matrix job: ` (20, linux)`; empty without a matrix. */
export function combinationLabel(combination: ValueMapping): string {
  const values = Object.values(combination).flatMap(leaves);
  return values.length > 0 ? ` (${values.join(", ")})` : "";
}

function include(
  original: readonly ValueMapping[],
  includes: readonly ValueMapping[],
  keys: readonly string[],
): readonly ValueMapping[] {
  const merged: ValueMapping[] = [...original];
  const added: ValueMapping[] = [];
  for (const entry of includes) {
    const fixed = Object.fromEntries(Object.entries(entry).filter(([key]) => keys.includes(key)));
    let used = false;
    original.forEach((combination, index) => {
      if (!contains(combination, fixed)) return;
      merged[index] = { ...merged[index], ...entry };
      used = true;
    });
    if (!used) added.push(entry);
  }
  return [...merged, ...added];
}

function filters(value: Value, what: string): readonly ValueMapping[] {
  if (value === null) return [];
  if (!isSequence(value) || !value.every(isMapping))
    throw new Error(`strategy.matrix.${what}: expected a sequence of mappings`);
  return value.filter(isMapping);
}

function contains(whole: ValueMapping, part: ValueMapping): boolean {
  return Object.entries(part).every(([key, value]) => {
    const own = whole[key];
    if (own === undefined) return false;
    return isMapping(own) && isMapping(value)
      ? contains(own, value)
      : JSON.stringify(own) === JSON.stringify(value);
  });
}

function leaves(value: Value): readonly string[] {
  if (isSequence(value)) return value.flatMap(leaves);
  if (isMapping(value)) return Object.values(value).flatMap(leaves);
  return value === null || value === "" ? [] : [asText(value)];
}
