// Makes the typed part of the Python client from openapi.yaml.
//
//   npm run sdk:python [DIRECTORY]      by default into sdk/python/src/snapback
//
// Python reads no YAML without a package; here is one that does.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');
const sdk = join(root, 'sdk/python');
const contract = parse(readFileSync(join(root, 'openapi.yaml'), 'utf8'));
const { status, error } = spawnSync(
  'python3',
  ['-B', '-m', 'generate', resolve(process.argv[2] ?? join(sdk, 'src/snapback'))],
  {
    cwd: sdk,
    input: JSON.stringify(contract),
    stdio: ['pipe', 'inherit', 'inherit'],
  },
);
if (error) throw error;
process.exitCode = status ?? 1;
