import type { ContentSink } from './content-sink.js';

/**
 * Reads contents on a thread that packs them: a file's, a table's. It answers one question after the other, and may write a content
 * into its sink for each, whose description it then makes a part of its answer.
 */
export interface ContentSource<Q, A> {
  /** An error with a `code` is told to whoever asked; any other one ends the capture. */
  answer(question: Q): A | Promise<A>;
  /** Ends what is under way, and gives back what the source holds open. Called once, also in the middle of an answer. */
  close?(): void;
}

/** Makes a source, of what it is started with. */
export type PrepareSource<S, Q, A> = (start: S, sink: ContentSink) => ContentSource<Q, A>;
