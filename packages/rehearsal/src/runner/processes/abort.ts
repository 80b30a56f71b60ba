/** A signal that follows `source` unless `spare` says, at that moment, that it shall not. Dispose it when no longer needed. */
export function follow(
  source: AbortSignal,
  spare: () => boolean,
): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const onAbort = () => {
    if (!spare()) controller.abort(source.reason);
  };
  if (source.aborted) onAbort();
  else source.addEventListener("abort", onAbort, { once: true });
  return { signal: controller.signal, dispose: () => source.removeEventListener("abort", onAbort) };
}
