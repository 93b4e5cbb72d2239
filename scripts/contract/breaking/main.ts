import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { missing } from '../../toolchains/tools.js';
import { judge, readAccepted } from './accepted.js';
import { breakingChanges } from './breaking-changes.js';
import { lastRelease } from './last-release.js';
import type { Node } from './node.js';

/*
 * What of openapi.yaml breaks clients of the last release, whose contract lies in docs/contract. Exit status 1: something does that
 * accepted.yaml does not name, or that names what does not. 2: this machine lacks what it takes to know.
 */

const ROOT = join(import.meta.dirname, '..', '..', '..');
const RELEASES = join(ROOT, 'docs', 'contract');

const lacks = missing(['go']);
if (lacks.length > 0) {
  console.error(`This needs ${lacks.join(' and ')}, from https://go.dev/dl or as the package golang-go of Debian.`);
  process.exit(2);
}
const release = lastRelease(RELEASES);
const document = (path: string): Node => parse(readFileSync(path, 'utf8')) as Node;
const changes = await breakingChanges(document(join(RELEASES, release)), document(join(ROOT, 'openapi.yaml')));
const { refused, accepted, idle } = judge(changes, readAccepted(readFileSync(join(RELEASES, 'accepted.yaml'), 'utf8')));

for (const { place, sentence, reason } of accepted) console.log(`accepted  ${place}: ${sentence} (${reason})`);
for (const { id, place, sentence } of refused) console.error(`breaks    ${place}: ${sentence} [${id}]`);
for (const { id, path } of idle)
  console.error(`idle      ${path}: nothing there is ${id}; take it off docs/contract/accepted.yaml.`);
console.log(`openapi.yaml and ${release}: ${refused.length} changes break clients, ${accepted.length} are accepted.`);
process.exitCode = refused.length + idle.length === 0 ? 0 : 1;
