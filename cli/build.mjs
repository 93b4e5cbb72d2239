// Bundles the command line into one file, which needs nothing but Node: `node cli/build.mjs` makes dist/snapback.mjs beside this, and its LICENSE.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { licencesOf } from './licences.mjs';

const HERE = import.meta.dirname;

export async function bundleCommandLine(outfile) {
  const { version } = JSON.parse(readFileSync(join(HERE, 'package.json'), 'utf8'));
  mkdirSync(dirname(outfile), { recursive: true });
  const { metafile } = await build({
    absWorkingDir: HERE,
    entryPoints: [join(HERE, 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    define: { VERSION: JSON.stringify(version) },
    // Native, optional, and found by Node where it is installed.
    external: ['@napi-rs/keyring'],
    // CommonJS libraries ask for Node's modules with it.
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  });
  chmodSync(outfile, 0o755);
  writeFileSync(join(dirname(outfile), 'LICENSE'), licencesOf(metafile, HERE, join(HERE, '..', 'LICENSE')));
}

if (import.meta.main ?? process.argv[1] === import.meta.filename)
  await bundleCommandLine(join(HERE, 'dist', 'snapback.mjs'));
