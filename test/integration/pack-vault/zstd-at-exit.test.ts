import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Memory that was given back is filled with this, so that whoever goes on using it meets it. */
const PERTURBED = { ...process.env, MALLOC_PERTURB_: '165' };

const SCRIPT = `
  const { compress, decompressInto } = await import('./src/vault/packs/zstd.ts');
  const plain = Buffer.alloc(200_000, 'row after row ');
  const comesBack = () => decompressInto(Buffer.alloc(plain.length), compress(plain, 3));
  const before = comesBack();
  process.emit('exit', 0);
  console.log(before, comesBack());
`;

it('compresses and decompresses for whoever is still at work when the process ends', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      ...['--no-warnings', '--experimental-transform-types', '--import', './test/harness/typescript-imports.mjs'],
      ...['--input-type=module', '--eval', SCRIPT],
    ],
    { env: PERTURBED },
  );
  expect(stdout).toBe('true true\n');
});
