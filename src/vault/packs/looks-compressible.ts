import { compress } from './zstd.js';

/** Too little to judge by its histogram; compressing it costs little anyway. */
const SMALL_BYTES = 2 * 1024;

const SAMPLES = 4;
const SAMPLE_BYTES = 1024;

/**
 * Above this many bits a byte the sample is as good as random: 4 KiB of random bytes have 7.95, base64 has 6,
 * machine code 5 to 6.5.
 */
const RANDOM_BITS = 7.85;

/** From here on it pays to make sure with a trial, since a whole piece would be left uncompressed. */
const TRIAL_FROM_BYTES = 128 * 1024;
const TRIAL_BYTES = 32 * 1024;

/**
 * Whether compressing `plain` is worth trying. First the histogram of 4 KiB taken from four places, which costs a
 * few microseconds. What looks random may still repeat itself over a distance: large pieces are given a trial at
 * the fastest level. A wrong answer costs space or time, never correctness.
 */
export function looksCompressible(plain: Buffer): boolean {
  if (plain.length < SMALL_BYTES) return plain.length > 0;
  if (sampleEntropy(plain) < RANDOM_BITS) return true;
  if (plain.length < TRIAL_FROM_BYTES) return false;
  const from = (plain.length - TRIAL_BYTES) >> 1;
  const trial = compress(plain.subarray(from, from + TRIAL_BYTES), 1);
  return trial.length < TRIAL_BYTES * 0.98;
}

/** Shannon entropy in bits a byte of samples spread over the piece, at most all of it. */
function sampleEntropy(plain: Buffer): number {
  const counts = new Uint16Array(256);
  const sampleBytes = Math.min(SAMPLE_BYTES, Math.floor(plain.length / SAMPLES));
  const stride = Math.floor((plain.length - sampleBytes) / (SAMPLES - 1));
  for (let sample = 0; sample < SAMPLES; sample++) {
    const from = sample * stride;
    for (let at = from; at < from + sampleBytes; at++) {
      const byte = plain[at] as number;
      counts[byte] = (counts[byte] as number) + 1;
    }
  }
  const total = SAMPLES * sampleBytes;
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= (count / total) * Math.log2(count / total);
  return bits;
}
