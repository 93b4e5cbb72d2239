// Prints what the service is made of: a software bill of materials (CycloneDX, JSON) of the packages it needs to run,
// as they are installed. Fails, and prints none, when a package is under a licence that is not on the list below.
//
//   npm run --silent sbom > snapback.cdx.json

import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** Licences that ask for no more than their text and the names of the authors. */
const PERMISSIVE = [
  '0BSD',
  'Unlicense',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
];

/** Packages whose package.json says nothing; where it was read instead. */
const READ_ELSEWHERE = { 'pause@0.0.1': 'MIT' /* its Readme.md */ };

/** CycloneDX of all that is installed, as npm makes it. Throws with npm's words when it does not. */
function listed(directory) {
  // npm is not always beside the Node that runs this: the scripts run on the one that `npm ci` brought.
  const npm = process.env.npm_execpath;
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const options = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
  const { status, stdout, stderr, error } = spawnSync(command, [...first, ...options], {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error || status !== 0) throw new Error(`npm sbom has failed: ${error?.message ?? stderr}`);
  return JSON.parse(stdout);
}

/**
 * The directories of the packages that are no developer's, by `name@version`. From the lockfile: npm's own `--omit dev` leaves
 * out what a developer's package needs too, half of ours (npm 11.19).
 */
function neededToRun(directory) {
  const { packages } = readJson(join(directory, 'package-lock.json'));
  const needed = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);
  return new Map(
    needed.map(([path, { version, name }]) => [`${name ?? nameOf(path)}@${version}`, join(directory, path)]),
  );
}

function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** The component with the licence that npm has not found: old packages have a list of them, each of which will do. */
function completed(component, path) {
  if (component.licenses?.length > 0) return component;
  const { licenses = [] } = readJson(join(path, 'package.json'));
  const found = licenses.map(({ type }) => type);
  const elsewhere = READ_ELSEWHERE[component['bom-ref']];
  if (found.length === 0 && elsewhere !== undefined) found.push(elsewhere);
  if (found.length === 0) return component;
  return {
    ...component,
    licenses: found.length === 1 ? [{ license: { id: found[0] } }] : [{ expression: found.join(' OR ') }],
  };
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** The licence of a component as an SPDX expression; undefined when nobody knows. */
function licenceOf({ licenses = [] }) {
  const all = licenses.map(({ expression, license }) => expression ?? license?.id ?? license?.name);
  return all.length === 0 || all.includes(undefined) ? undefined : all.join(' AND ');
}

/** Whether one may take it under licences of the list: one of a choice, otherwise each that is named. */
function isPermissive(expression = '') {
  const names = expression
    .replaceAll(/[()]/g, ' ')
    .trim()
    .split(/\s+(?:AND|OR|WITH)\s+/);
  const isListed = (name) => PERMISSIVE.includes(name);
  return /\b(AND|WITH)\b/.test(expression) ? names.every(isListed) : names.some(isListed);
}

/** The bill of the packages that are installed in a directory and needed to run, each with its licence where it has one. */
function billOf(directory) {
  const bill = listed(directory);
  const needed = neededToRun(directory);
  const { name, license } = readJson(join(directory, 'package.json'));
  const self = bill.metadata.component;
  const components = bill.components
    .filter((component) => needed.has(component['bom-ref']))
    .map((component) => completed(component, needed.get(component['bom-ref'])));
  const refs = new Set([self, ...components].map((component) => component['bom-ref']));
  return {
    ...bill,
    // npm calls it by the directory's name.
    metadata: { ...bill.metadata, component: { ...self, name, licenses: [{ license: { id: license } }] } },
    components,
    dependencies: bill.dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) })),
  };
}

function main() {
  const bill = billOf(process.cwd());
  const refused = bill.components.filter((component) => !isPermissive(licenceOf(component)));
  for (const component of refused) {
    const licence = licenceOf(component) ?? 'a licence that nobody has named';
    console.error(`${component.name}@${component.version} is under ${licence}, which scripts/sbom.mjs does not list.`);
  }
  if (refused.length > 0) process.exitCode = 1;
  else console.log(JSON.stringify(bill, null, 2));
}

if (process.argv[1] && realpathSync(process.argv[1]) === import.meta.filename) main();
