/** Numbers from 0 to below 1, the same ones for the same seed in each run (Marsaglia's xorshift32). */
export function makeRandom(seed: number): () => number {
  // Neighbouring seeds would begin alike; zero would stay zero.
  let state = Math.imul(seed + 1, 0x9e37_79b1) | 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let skipped = 0; skipped < 8; skipped += 1) next();
  return next;
}

/** Normally distributed around 0 with deviation 1 (Box and Muller). */
export function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
