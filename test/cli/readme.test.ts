import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Command } from 'commander';
import { EXIT } from '../../cli/outcome/exit-codes.js';
import { commandTree } from '../../cli/command-tree.js';

const ROOT = join(import.meta.dirname, '..', '..');
const README = await readFile(join(ROOT, 'cli', 'README.md'), 'utf8');
const commands = commandTree();

/** What the blocks of a document and its text tell people to type, without the program's name. */
function commandLinesIn(document: string): string[] {
  const blocks = [...document.matchAll(/^```bash\n([^]*?)^```/gm)].flatMap(([, block]) => block!.split('\n'));
  const spans = [...document.matchAll(/`([^`]+)`/g)].map(([, span]) => span!.replaceAll('\n', ' '));
  return [...blocks, ...spans].flatMap((text) =>
    [...text.matchAll(/(?:^|\(|npx )(?:snapback|@snapback\/cli) ([a-z-][^|<>)]*)/g)].map(([, line]) => line!.trim()),
  );
}

/** The command that the words at the beginning of a line call, and the options behind them. Undefined where a word calls nothing. */
function parsed(line: string): { command: Command | undefined; options: string[] } {
  const [own = ''] = line.split(' -- ');
  const options = own.match(/(?<=^| )--?[a-z][a-z-]*/g) ?? [];
  let command: Command | undefined = commands.get('');
  let path = '';
  for (const word of own.split(' ').filter((each) => /^[a-z][a-z-]*$/.test(each))) {
    if (command === undefined || command.commands.length === 0) break;
    path = `${path} ${word}`.trim();
    command = commands.get(path);
  }
  return { command, options };
}

describe('cli/README.md', () => {
  it('names commands and options that there are', () => {
    const lines = commandLinesIn(README);
    expect(lines.length).toBeGreaterThan(30);
    const unknown = lines.flatMap((line) => {
      const { command, options } = parsed(line);
      if (command === undefined) return [line];
      // Its options are those of another program.
      if (command.name() === 'vault') return [];
      const known = [...command.options, ...commands.get('')!.options].flatMap(({ long, short }) => [
        long,
        short,
        '--help',
      ]);
      return options.filter((option) => !known.includes(option)).map((option) => `${line}: ${option}`);
    });
    expect(unknown).toEqual([]);
  });

  it('names every exit status, and every variable that the program looks at', async () => {
    for (const code of Object.values(EXIT)) expect(README).toContain(`\n| ${code} | `);
    const sources = await Promise.all(globSync(join(ROOT, 'cli', '**/*.ts')).map((path) => readFile(path, 'utf8')));
    const variables = new Set(sources.join('\n').match(/\bSNAPBACK_[A-Z_]+\b/g));
    expect([...variables].filter((name) => !README.includes(`\`${name}\``))).toEqual([]);
  });

  it('names every group of commands', () => {
    const groups = [...commands.keys()].filter((words) => words !== '' && !words.includes(' '));
    expect(groups.filter((group) => !README.includes(`snapback ${group}`))).toEqual([]);
  });
});
