// Bundles the command line into one file, which needs nothing but Node: dist/snapback.mjs. With --to FILE into that.
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const HERE = import.meta.dirname;
const { version } = JSON.parse(readFileSync(join(HERE, 'package.json'), 'utf8'));
const at = process.argv.indexOf('--to');
const outfile = at < 0 ? join(HERE, 'dist', 'snapback.mjs') : process.argv[at + 1];

mkdirSync(dirname(outfile), { recursive: true });
await build({
  entryPoints: [join(HERE, 'main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  define: { VERSION: JSON.stringify(version) },
  // Native, optional, and found by Node where it is installed.
  external: ['@napi-rs/keyring'],
  // What CommonJS libraries ask for inside of the bundle.
  banner: {
    js: "import { createRequire as snapbackCreateRequire } from 'node:module';\nconst require = snapbackCreateRequire(import.meta.url);",
  },
  legalComments: 'none',
  logLevel: 'warning',
});
chmodSync(outfile, 0o755);
