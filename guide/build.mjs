// Makes the guide: static pages of the documents, the contract and the help of the command line.
//
//   node guide/build.mjs             into .guide
//   node guide/build.mjs --to DIR    into DIR
//
// The pages name each other and nothing else, so they may lie anywhere: below any path of a web server, or on a disk.
// What was in the directory before is removed, if it was a guide.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Eleventy } from '@11ty/eleventy';
import { configure } from './eleventy.config.mjs';
import { sectionsOf } from './pages.mjs';
import { apiPages } from './reference/api-pages.mjs';
import { commandPage } from './reference/command-page.mjs';
import { searchIndex } from './search-index.mjs';

const ROOT = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

async function buildGuide(directory) {
  emptied(directory);
  const made = new Map([...apiPages(), ['made:commands', [await commandPage()]]]);
  const sections = sectionsOf(made);
  // Eleventy takes its paths from where it is started.
  process.chdir(ROOT);
  const eleventy = new Eleventy('guide', relative(ROOT, directory), {
    quietMode: true,
    configPath: false,
    config: (each) => configure(each, sections, version),
  });
  // What asks for a build may have its standard output read: what went well is not said there.
  const silent = () => undefined;
  eleventy.logger.overrideLogger({ log: silent, info: silent, warn: console.error, error: console.error });
  await eleventy.write();
  writeSearchIndex(
    directory,
    sections.flatMap(({ pages }) => pages),
  );
}

function writeSearchIndex(directory, pages) {
  const rendered = pages.map((page) => ({ page, html: readFileSync(join(directory, page.url), 'utf8') }));
  const index = JSON.stringify(searchIndex(rendered));
  writeFileSync(join(directory, 'search', 'search-index.js'), `export default ${index};\n`);
}

function emptied(directory) {
  if (!existsSync(directory) || readdirSync(directory).length === 0) return;
  if (!existsSync(join(directory, 'guide.css'))) throw new Error(`${directory} has something in it that is no guide.`);
  rmSync(directory, { recursive: true });
}

const at = process.argv.indexOf('--to');
const to = at < 0 ? join(ROOT, '.guide') : process.argv[at + 1];
if (to === undefined) throw new Error('--to needs a directory.');
await buildGuide(resolve(to));
if (at < 0) console.log('The guide is in .guide; open .guide/index.html.');
