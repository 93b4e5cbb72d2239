// Builds the service beside whatever runs from an earlier build, and does nothing when the build is current.
//
//   node scripts/build.mjs             into a fresh directory below .builds; then dist, a link, leads there
//   node scripts/build.mjs --to DIR    into DIR, which must not exist; dist stays what it is
//
// A build says beside itself which version it is (build.json), and so does one that goes elsewhere, such as into an image.
//
// A process takes all of its files (threads, modules it imports later, the contract) from where its main module really
// lies, so it never reads a half-written file or one of another build. Builds that nobody runs are removed later.

import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '..');
const BUILDS = join(ROOT, '.builds');
const LINK = join(ROOT, 'dist');
const COMPILER = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const CONTRACT = 'openapi.yaml';
/** Of `bin` in package.json. */
const PROGRAMS = ['src/migrate.cli.js', 'src/vault.cli.js', 'cli/snapback.mjs'];
const { version: VERSION } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
/** What a build is made from; documents are, as pages of the guide. */
const FOLDERS = ['src', 'sdk/typescript', 'cli', 'console', 'quickstart', 'bench', 'docs', 'guide'];
const FILES = [
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'LICENSE',
  'deploy/README.md',
  'deploy/helm/snapback/README.md',
  'deploy/systemd/README.md',
  'examples/README.md',
  'sdk/go/README.md',
  'sdk/python/README.md',
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'package-lock.json',
  CONTRACT,
  'scripts/build.mjs',
];
const LEFT_OUT = /(^|\/)(node_modules|dist)(\/|$)|\.spec\.ts$/;
/** Sources that go on changing are not waited for. */
const ATTEMPTS = 3;

/** The paths of all files below a folder, without those that `leftOut` matches, relative to it and in order. */
function filesBelow(folder, leftOut) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => leftOut === undefined || !leftOut.test(path))
    .toSorted();
}

/** One value for everything that a build is made from. */
function sourcesHash() {
  const hash = createHash('sha256');
  const folders = FOLDERS.filter((folder) => existsSync(join(ROOT, folder)));
  const sources = folders.flatMap((folder) =>
    filesBelow(join(ROOT, folder), LEFT_OUT).map((path) => join(folder, path)),
  );
  for (const path of [...sources, ...FILES.filter((path) => existsSync(join(ROOT, path)))]) {
    const content = readFileSync(join(ROOT, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** How much there is in a build: a power cut or a cleaner that took something shows. */
function extent(build) {
  const paths = filesBelow(build, /^(build\.json|running\/.*)$/);
  return { files: paths.length, bytes: paths.reduce((sum, path) => sum + statSync(join(build, path)).size, 0) };
}

/** Whether dist leads to a whole build of these sources. */
function isCurrent(hash) {
  try {
    const build = resolve(ROOT, readlinkSync(LINK));
    const made = JSON.parse(readFileSync(join(build, 'build.json'), 'utf8'));
    const { files, bytes } = extent(build);
    return made.sources === hash && made.files === files && made.bytes === bytes;
  } catch {
    return false;
  }
}

async function compile(directory) {
  const tsc = spawnSync(process.execPath, [COMPILER, '--project', 'tsconfig.build.json', '--outDir', directory], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (tsc.status === 0) {
    const { bundleCommandLine } = await import('../cli/build.mjs');
    await bundleCommandLine(join(directory, 'cli', 'snapback.mjs'));
    const { bundleConsole } = await import('../console/build.mjs');
    await bundleConsole(join(resolve(directory), 'console'));
    copyFileSync(join(ROOT, CONTRACT), join(directory, CONTRACT));
    for (const program of PROGRAMS) chmodSync(join(directory, program), 0o755);
    return buildGuide(join(directory, 'guide'));
  }
  return false;
}

/** In a process of its own: what makes the guide goes by where it is started. */
function buildGuide(directory) {
  const program = join(ROOT, 'guide', 'build.mjs');
  return spawnSync(process.execPath, [program, '--to', directory], { cwd: ROOT, stdio: 'inherit' }).status === 0;
}

/** Compiles what the sources are from the beginning to the end of it; gives the directory, or nothing. */
async function buildFresh(hash) {
  mkdirSync(BUILDS, { recursive: true });
  for (let attempt = 1, sources = hash; attempt <= ATTEMPTS; attempt++) {
    const name = `${sources.slice(0, 12)}-${randomBytes(4).toString('hex')}`;
    const unfinished = join(BUILDS, `.unfinished-${name}`);
    const compiled = await compile(unfinished);
    const after = sourcesHash();
    if (compiled && after === sources) {
      writeFileSync(
        join(unfinished, 'build.json'),
        JSON.stringify({ version: VERSION, sources, ...extent(unfinished) }),
      );
      // Whoever runs it says so here, as whichever user: src/builds/build-in-use.ts.
      mkdirSync(join(unfinished, 'running'));
      chmodSync(join(unfinished, 'running'), 0o1777);
      renameSync(unfinished, join(BUILDS, name));
      return join(BUILDS, name);
    }
    rmSync(unfinished, { recursive: true, force: true });
    if (!compiled && after === sources) return undefined;
    sources = after;
  }
  console.error('The sources changed while they were compiled, again and again; build once they are at rest.');
  return undefined;
}

/** From one moment to the next dist leads to another build. */
function switchTo(build) {
  const link = join(BUILDS, `.link-${randomBytes(4).toString('hex')}`);
  symlinkSync(relative(ROOT, build), link);
  removeDirectory(LINK);
  renameSync(link, LINK);
}

/** What a version before this one built lay in dist itself. Whoever still runs from it has to be started again. */
function removeDirectory(path) {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const aside = join(BUILDS, `.unfinished-${randomBytes(4).toString('hex')}`);
  renameSync(path, aside);
  rmSync(aside, { recursive: true, force: true });
}

async function removeOld() {
  const { removeOldBuilds } = await import(pathToFileURL(join(LINK, 'src', 'builds', 'old-builds.js')).href);
  await removeOldBuilds(BUILDS, basename(readlinkSync(LINK)));
}

async function main() {
  const at = process.argv.indexOf('--to');
  if (at >= 0) {
    const directory = process.argv[at + 1];
    if (directory === undefined || existsSync(directory))
      throw new Error('--to needs a directory that does not exist.');
    const compiled = await compile(resolve(directory));
    if (compiled) writeFileSync(join(directory, 'build.json'), JSON.stringify({ version: VERSION }));
    return compiled;
  }
  const hash = sourcesHash();
  if (isCurrent(hash)) return true;
  if (!existsSync(COMPILER)) {
    if (!existsSync(LINK)) throw new Error('There is no build, and no compiler to make one; run "npm ci".');
    console.error(
      'The build may be older than the sources, and there is no compiler here to make a new one; it is used as it is.',
    );
    return true;
  }
  const build = await buildFresh(hash);
  if (build === undefined) return false;
  switchTo(build);
  await removeOld();
  return true;
}

process.exitCode = (await main()) ? 0 : 1;
