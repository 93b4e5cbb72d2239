import type { DescribedObject, DescriptionStream } from './described-object.js';

const NEWLINE = 0x0a;

/** A description as it is kept: JSON, one line an object. */
export async function* writeDescription(description: DescriptionStream): AsyncIterable<Buffer> {
  for await (const objects of description) {
    if (objects.length > 0) yield Buffer.from(objects.map((object) => `${JSON.stringify(object)}\n`).join(''));
  }
}

/** The same again, in batches as the bytes arrive. Throws what reading them throws, or a SyntaxError for anything else. */
export async function* readDescription(content: AsyncIterable<Buffer>): AsyncGenerator<DescribedObject[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const bytes of content) {
    const end = bytes.lastIndexOf(NEWLINE);
    if (end < 0) {
      rest = Buffer.concat([rest, bytes]);
      continue;
    }
    const lines = Buffer.concat([rest, bytes.subarray(0, end)]).toString();
    rest = bytes.subarray(end + 1);
    yield lines.split('\n').map((line) => JSON.parse(line) as DescribedObject);
  }
}
