import { hash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { EntriesDigest } from './entries-digest.js';

it('is the sum of the hashes of what is given back, as four numbers of 64 bits, however it is divided', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.jsonValue(), fc.boolean()), { maxLength: 40 }), (entries) => {
      const sums = new BigUint64Array(4);
      const [here, elsewhere] = [new EntriesDigest(), new EntriesDigest()];
      for (const [entry, isHere] of entries) {
        (isHere ? here : elsewhere).add(entry);
        const bytes = hash('sha256', JSON.stringify(entry), 'buffer');
        for (let at = 0; at < 4; at += 1) sums[at] = sums[at]! + bytes.readBigUInt64LE(at * 8);
      }
      here.addAll(elsewhere.words);
      expect(Buffer.from(here.words.buffer)).toEqual(Buffer.from(sums.buffer));
    }),
  );
});
