import { randomBytes } from 'node:crypto';

const MEDIAN_BYTES = 18_000;
/** Gives a mean of 55 KB, 1.1 GB for 20,000. */
const SIGMA = 1.5;
const MOST_BYTES = 4 * 1024 * 1024;
const VOCABULARY = 20_000;

/** Buffers of log-normal size: every other one text, the rest incompressible. Sizes and text are the same in each run. */
export function makeSampleBuffers(count: number): Buffer[] {
  const random = makeRandom(42);
  const text = makeText(random, 2 * MOST_BYTES);
  return Array.from({ length: count }, (_, index) => {
    const bytes = Math.min(MOST_BYTES, Math.max(1, Math.round(MEDIAN_BYTES * Math.exp(SIGMA * gaussian(random)))));
    const buffer = Buffer.allocUnsafeSlow(bytes);
    if (index % 2 === 0) text.copy(buffer, 0, Math.floor(random() * (text.length - bytes)));
    else randomBytes(bytes).copy(buffer);
    return buffer;
  });
}

/** Words with the frequencies of a natural language (Zipf), numbers and lines between them. */
function makeText(random: () => number, bytes: number): Buffer {
  const word = (): string =>
    Array.from({ length: 2 + Math.floor(random() * 9) }, () =>
      String.fromCharCode(97 + Math.floor(random() * random() * 26)),
    ).join('');
  const words = Array.from({ length: VOCABULARY }, word);
  const parts: string[] = [];
  for (let length = 0; length < bytes;) {
    const draw = random();
    const part =
      draw < 0.08
        ? String(Math.floor(random() * 1e6))
        : (words[Math.floor(Math.exp(random() * Math.log(VOCABULARY))) - 1] as string);
    parts.push(part, draw > 0.9 ? '\n' : ' ');
    length += part.length + 1;
  }
  return Buffer.from(parts.join('').slice(0, bytes));
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A linear congruential generator is random enough for sizes and words. */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
