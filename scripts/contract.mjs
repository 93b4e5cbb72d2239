// Checks the contract and everything made from it: openapi.yaml is what the sources in contract/ make, clean under Redocly's
// recommended rules, and the generated types and client are exactly what it generates. Fails on any difference.
//
//   npm run contract            check
//   npm run sdk                 make all of it again, after a change in contract/

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundledText } from './contract/bundle.mjs';
import { inScratch, run } from './contract/run.mjs';

const GENERATED = { CONTRACT_OUT: 'src/contract/generated', SDK_OUT: 'sdk/typescript/generated' };

function filesBelow(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .toSorted();
}

function differences(committed, fresh) {
  const [before, after] = [filesBelow(committed), filesBelow(fresh)];
  const names = [...new Set([...before, ...after])];
  return names.filter(
    (name) =>
      !before.includes(name) ||
      !after.includes(name) ||
      !readFileSync(join(committed, name)).equals(readFileSync(join(fresh, name))),
  );
}

function lint() {
  const { ok, output } = run('redocly', ['lint', 'openapi.yaml']);
  // Warnings leave the exit status at 0, and none are wanted.
  if (ok && !/You have \d+ warning/.test(output)) return true;
  console.error(output);
  return false;
}

function bundled() {
  if (readFileSync('openapi.yaml', 'utf8') === bundledText()) return true;
  console.error('openapi.yaml is not what contract/ makes; change the files there, and run "npm run sdk".');
  return false;
}

function upToDate() {
  return inScratch((scratch) => {
    const out = Object.fromEntries(Object.keys(GENERATED).map((name) => [name, join(scratch, name)]));
    const { ok, output } = run('openapi-ts', ['--file', 'openapi-ts.config.ts'], out);
    if (!ok) {
      console.error(output);
      return false;
    }
    const stale = Object.entries(GENERATED).flatMap(([name, committed]) =>
      differences(committed, out[name]).map((file) => join(committed, file)),
    );
    for (const file of stale) console.error(`${file} is not what openapi.yaml generates; run "npm run sdk".`);
    return stale.length === 0;
  });
}

if (!bundled() || !lint() || !upToDate()) process.exit(1);
console.log('openapi.yaml is clean, and what is generated from it is up to date.');
