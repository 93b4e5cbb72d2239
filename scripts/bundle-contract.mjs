// Makes openapi.yaml from the sources in contract/: Redocly puts them together, and what would be the same in many places is
// written out here, so that the sources say it once and generators find nothing that they have to put together themselves.
//
//   npm run contract:bundle
//
// BUNDLE_OUT=FILE writes to another file.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { completed } from './contract/complete.mjs';

const HEADER = '# Made from the files in contract/ by "npm run contract:bundle"; change those.\n';

function bundled() {
  const scratch = mkdtempSync(join(tmpdir(), 'snapback-contract-'));
  try {
    const file = join(scratch, 'openapi.json');
    const { status, stdout, stderr } = spawnSync('redocly', ['bundle', 'contract/openapi.yaml', '--output', file], {
      encoding: 'utf8',
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    });
    if (status !== 0) throw new Error(`${stdout}${stderr}`);
    return JSON.parse(readFileSync(file, 'utf8'));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const text = stringify(completed(bundled(), { version }), { aliasDuplicateObjects: false, lineWidth: 0 });
writeFileSync(process.env.BUNDLE_OUT ?? 'openapi.yaml', HEADER + text);
