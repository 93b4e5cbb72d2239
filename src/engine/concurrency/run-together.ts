export type Work<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Runs pieces of work side by side. When one fails the others are aborted, and when all have ended it rejects with
 * the failure that came first.
 */
export async function runTogether<const T extends readonly unknown[]>(
  signal: AbortSignal,
  works: { readonly [K in keyof T]: Work<T[K]> },
): Promise<T> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const results = await Promise.allSettled(
    works.map(async (work) => {
      try {
        return await work(either);
      } catch (error) {
        failure.abort(error);
        throw error;
      }
    }),
  );
  if (failure.signal.aborted) throw failure.signal.reason;
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
