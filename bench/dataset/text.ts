import { makeRandom } from './random.js';

const VOCABULARY = 20_000;
const [SPACE, NEWLINE, ZERO, LETTER_A] = [0x20, 0x0a, 0x30, 0x61];

/** Writes text that compresses like prose: words with the frequencies of a language (Zipf), some numbers, lines. */
export class TextMaker {
  private readonly words = makeWords();

  /** The same bytes for the same seed; no two seeds share a passage. */
  fill(buffer: Buffer, seed: number): void {
    const random = makeRandom(seed);
    for (let at = 0; at < buffer.length;) {
      const draw = random();
      const word = draw < 0.08 ? digits(random) : this.word(random);
      for (let index = 0; index < word.length && at < buffer.length; index += 1) buffer[at++] = word[index]!;
      if (at < buffer.length) buffer[at++] = draw > 0.9 ? NEWLINE : SPACE;
    }
  }

  private word(random: () => number): Uint8Array {
    return this.words[Math.floor(Math.exp(random() * Math.log(VOCABULARY)))] ?? this.words[0]!;
  }
}

function makeWords(): Uint8Array[] {
  const random = makeRandom(1);
  return Array.from({ length: VOCABULARY }, () =>
    // Early letters are the frequent ones.
    Uint8Array.from({ length: 2 + Math.floor(random() * 9) }, () => LETTER_A + Math.floor(random() * random() * 26)),
  );
}

function digits(random: () => number): Uint8Array {
  return Uint8Array.from({ length: 1 + Math.floor(random() * 6) }, () => ZERO + Math.floor(random() * 10));
}
