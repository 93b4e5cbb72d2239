import type { ContentRef } from '../manifests/content-ref.js';
import { addressOf, loadDefault, type ThreadFile } from '../threads/thread-file.js';

/**
 * Gets contents where they are opened, on a thread: what writes them somewhere else need not have them handed on. Null in the place of one that
 * could not be opened. The memory is nobody's any more when it has answered.
 */
export type ContentTaker<W, A> = (contents: readonly (Buffer | null)[], what: W) => A | Promise<A>;

/** The default export of the file that a thread loads, with what it begins with. */
export type PrepareTaker<S, W, A> = (start: S) => ContentTaker<W, A>;

/** The same on this thread, for whoever reads contents without others. Rejects as `read` does, and as the taker. */
export async function deliverHere<S, W, A>(
  read: (contents: readonly ContentRef[]) => Promise<Buffer[]>,
  contents: readonly ContentRef[],
  taker: ThreadFile<S>,
  what: W,
): Promise<A> {
  const take = await loadTaker<S, W, A>(addressOf(taker), taker.start);
  const plains = await read(contents);
  return take(
    plains.map((plain, index) => (plain.length === contents[index]!.bytes ? plain : null)),
    what,
  );
}

export async function loadTaker<S, W, A>(file: string, start: S): Promise<ContentTaker<W, A>> {
  const prepare = await loadDefault<PrepareTaker<S, W, A>>(file);
  return prepare(start);
}
