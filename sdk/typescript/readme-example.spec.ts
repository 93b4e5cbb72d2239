import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const here = import.meta.dirname;

it('shows in its README.md exactly the calls that are compiled and run', async () => {
  const readme = await readFile(join(here, 'README.md'), 'utf8');
  const shown = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  const source = await readFile(join(here, 'examples/calls.ts'), 'utf8');
  const bodies = [...source.matchAll(/^export (?:async )?function [^{]*\{\n([\s\S]*?)^\}$/gm)].map(([, body]) =>
    // What a function takes in and gives back is the test's business.
    body!.replaceAll(/^ {2}(return|const \{.*\} = place).*\n/gm, '').replaceAll(/^ {2}/gm, ''),
  );
  expect(shown).toEqual(bodies);
  expect(shown.length).toBeGreaterThanOrEqual(10);
});

it('exports a file for each import its README names', async () => {
  const { exports } = JSON.parse(await readFile(join(here, 'package.json'), 'utf8')) as {
    exports: Record<string, string>;
  };
  const readme = await readFile(join(here, 'README.md'), 'utf8');
  const named = [...readme.matchAll(/^\| `@snapback\/client(\/[a-z-]+)?`/gm)].map(([, path = '']) => `.${path}`);
  expect(named.toSorted()).toEqual(Object.keys(exports).toSorted());
  for (const built of Object.values(exports)) {
    const source = built.replace('./dist/', '').replace(/\.js$/, '.ts');
    await expect(readFile(join(here, source))).resolves.toBeDefined();
  }
});
