import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** The example is compiled where it lies; people who install the package import it by its name. */
const PUBLISHED: Record<string, string> = {
  '../connect.js': '@snapback/client/connect',
  '../generated/sdk.gen.js': '@snapback/client/operations',
  '../generated/types.gen.js': '@snapback/client/types',
  '../progress.js': '@snapback/client/progress',
  '../result.js': '@snapback/client/result',
};

it('shows in README.md exactly the example that is compiled', async () => {
  const example = await readFile(join(import.meta.dirname, 'examples/pipeline.ts'), 'utf8');
  const published = example.replaceAll(
    /from '([^']+)'/g,
    (whole, path: string) => `from '${PUBLISHED[path] ?? whole}'`,
  );
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const shown = /^```ts\n([\s\S]*?)^```$/m.exec(readme)?.[1];
  expect(shown).toBe(published);
});

it('exports a file for each import its README names', async () => {
  const { exports } = JSON.parse(await readFile(join(import.meta.dirname, 'package.json'), 'utf8')) as {
    exports: Record<string, string>;
  };
  const readme = await readFile(join(import.meta.dirname, 'README.md'), 'utf8');
  const named = [...readme.matchAll(/^\| `@snapback\/client(\/[a-z]+)`/gm)].map(([, path]) => `.${path}`);
  expect(named.toSorted()).toEqual(Object.keys(exports).toSorted());
  for (const built of Object.values(exports)) {
    const source = built.replace('./dist/', '').replace(/\.js$/, '.ts');
    await expect(readFile(join(import.meta.dirname, source))).resolves.toBeDefined();
  }
});
