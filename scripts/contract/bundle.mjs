import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { completed } from './complete.mjs';
import { inScratch, run } from './run.mjs';

const HEADER = '# Made from the files in contract/ by "npm run contract:bundle"; change those.\n';
/** Readers of YAML 1.1, which many generators have, would take OFF for a boolean unless it stands in quotes. */
const WRITTEN = { aliasDuplicateObjects: false, lineWidth: 0, compat: 'yaml-1.1' };

/**
 * openapi.yaml as the sources in contract/ make it: Redocly puts them together, and what would be the same in many places is
 * written out here, so that the sources say it once and generators find nothing that they have to put together themselves.
 * Throws with what Redocly says.
 */
export function bundledText() {
  const document = inScratch((scratch) => {
    const file = join(scratch, 'openapi.json');
    const { ok, output } = run('redocly', ['bundle', 'contract/openapi.yaml', '--output', file]);
    if (!ok) throw new Error(output);
    return JSON.parse(readFileSync(file, 'utf8'));
  });
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  return HEADER + stringify(completed(document, { version }), WRITTEN);
}
