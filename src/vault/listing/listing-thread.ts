import { serveThread } from '../threads/serve-thread.js';
import { ListingBuilder } from './listing-builder.js';

/** Lines of a manifest, each with its newline, to be added; or the next piece of the listing, when there are no more. */
export type ListingQuestion = { kind: 'add'; lines: Uint8Array } | { kind: 'next' };
/** Undefined for lines, and behind the last piece. */
export type ListingAnswer = Uint8Array<ArrayBuffer> | undefined;

const NEWLINE = 0x0a;

/** The entry point of a thread that makes a listing, started by build-listing.ts. */
serveThread(
  () => {
    const builder = new ListingBuilder();
    let pieces: AsyncIterator<Buffer> | undefined;
    return {
      answer: async (question: ListingQuestion): Promise<ListingAnswer> => {
        if (question.kind === 'add') {
          await builder.add(linesIn(question.lines));
          return undefined;
        }
        pieces ??= builder.pieces();
        const { value, done } = await pieces.next();
        // A copy of its own, so that it can be given away.
        return done === true ? undefined : new Uint8Array(value);
      },
      end: () => void builder.dispose(),
    };
  },
  (answer: ListingAnswer) => (answer === undefined ? [] : [answer.buffer]),
);

function linesIn(bytes: Uint8Array): Buffer[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lines: Buffer[] = [];
  for (let start = 0; start < buffer.length;) {
    const end = buffer.indexOf(NEWLINE, start) + 1;
    lines.push(buffer.subarray(start, end));
    start = end;
  }
  return lines;
}
