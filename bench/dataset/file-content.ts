import { createCipheriv, createHash } from 'node:crypto';
import { gaussian, makeRandom } from './random.js';
import { TextMaker } from './text.js';

const STANDARD_FILES = 20_000;
const STANDARD_MEDIAN_BYTES = 18_000;
/** Makes the mean three times the median: 20,000 files have 1.1 GB. */
const SIGMA = 1.5;
/** Few enough bytes to be a small file, and enough that no two are alike. */
const LEAST_BYTES = 64;

/** Makes the files of the data set, each from its number alone. */
export class FileMaker {
  private readonly text = new TextMaker();
  private readonly medianBytes: number;

  /** More files than the standard's are smaller ones: the whole stays about 1.1 GB. */
  constructor(files: number) {
    this.medianBytes = Math.min(STANDARD_MEDIAN_BYTES, (STANDARD_MEDIAN_BYTES * STANDARD_FILES) / files);
  }

  /** Even numbers are text, odd ones are incompressible, as photographs and archives are. */
  make(number: number): Buffer {
    const random = makeRandom(number);
    const bytes = Math.max(LEAST_BYTES, Math.round(this.medianBytes * Math.exp(SIGMA * gaussian(random))));
    if (number % 2 === 1) return noise(bytes, number);
    const buffer = Buffer.allocUnsafe(bytes);
    this.text.fill(buffer, number);
    return buffer;
  }
}

function noise(bytes: number, number: number): Buffer {
  const key = createHash('sha256').update(`noise ${number}`).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}
