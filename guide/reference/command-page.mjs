import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..', '..');

/** Where the help comes from: the command line, and the programs of operators, which run where the service is installed. */
const SOURCES = `
export { commandTree, helpOf } from './cli/command-tree.js';
export { USAGE as vault } from './src/vault/cli/vault-arguments.js';
export { USAGE as quotas } from './src/quotas/cli/quota-arguments.js';
export { USAGE as audit } from './src/audit/cli/audit-arguments.js';
export { USAGE as token } from './src/auth/minting/token-arguments.js';
`;

/** What `--help` says of each command, all on one page. */
export async function commandPage() {
  const { commandTree, helpOf, vault, quotas, audit, token } = await loaded(SOURCES);
  const [[, program], ...commands] = [...commandTree()].map(([words, command]) => [words, helpOf(command)]);
  const text = [
    '# Commands',
    '',
    'What `snapback --help` says, and the help of every command. How it is used, and how to get it: [command line](../cli/README.md).',
    '',
    ...verbatim(program),
    ...commands.flatMap(([words, help]) => [
      ...heading(words.includes(' ') ? 3 : 2, words.replaceAll(' ', '-'), `snapback ${words}`),
      ...verbatim(shortened(help)),
    ]),
    ...heading(2, 'operators', 'Where the service is installed'),
    'These programs have the configuration of the service, and no token.',
    '',
    ...heading(3, 'snapback-vault', 'snapback-vault'),
    ...verbatim(vault),
    ...heading(3, 'npm-run-quotas', 'npm run quotas'),
    ...verbatim(quotas),
    ...heading(3, 'npm-run-audit', 'npm run audit'),
    ...verbatim(audit),
    ...heading(3, 'npm-run-token', 'npm run token'),
    ...verbatim(token),
  ];
  return { source: 'made:commands', url: 'commands.html', title: 'Commands', text: text.join('\n') };
}

function heading(rank, id, text) {
  return [`<h${rank} id="${id}">${text}</h${rank}>`, ''];
}

function verbatim(help) {
  return ['```text', help.trimEnd(), '```', ''];
}

/** The global options stand with the program. */
function shortened(help) {
  return help.replace(/\n*^Global Options:\n( .*\n)+/m, '\n');
}

/** What sources of the project export. */
async function loaded(contents) {
  const directory = await mkdtemp(join(tmpdir(), 'snapback-guide-'));
  try {
    const outfile = join(directory, 'sources.mjs');
    await build({
      stdin: { contents, resolveDir: ROOT, loader: 'ts' },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['@napi-rs/keyring'],
      // CommonJS libraries ask for Node's modules with it.
      banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
      logLevel: 'warning',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
