import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandLine } from './command-line.js';
import { commandTree, helpOf } from '../../cli/command-tree.js';

const KEPT = join(import.meta.dirname, 'help.txt');

/** That of the vault itself is the vault's own. */
const askedFor = (words: string): string =>
  words === 'vault' ? 'snapback help vault' : `snapback ${words} --help`.replace('  ', ' ');
/** What is the same in all of them is kept once, with the program. */
const shortened = (text: string): string => text.replace(/^(Global Options:)\n( .*\n)+/m, '$1 as above\n');

let snapback: CommandLine;

beforeAll(async () => {
  snapback = await CommandLine.open();
});
afterAll(() => snapback.remove());

describe('the help of each command', () => {
  it('is as it is kept in help.txt (renew it with UPDATE_HELP=1, and read what has changed)', async () => {
    const present = [...commandTree()].map(([words, command]) => `$ ${askedFor(words)}\n${shortened(helpOf(command))}`);
    if (process.env['UPDATE_HELP'] === '1') await writeFile(KEPT, present.join('\n'));
    expect(present.join('\n')).toBe(await readFile(KEPT, 'utf8'));
  });

  it('says what it does, and what each argument and option is for', () => {
    for (const [words, command] of commandTree()) {
      const lacking = [command, ...command.registeredArguments, ...command.options]
        .filter((each) => (typeof each.description === 'string' ? each.description : each.description()) === '')
        .map((each) => `${words}: ${'flags' in each ? each.flags : each.name()}`);
      expect(lacking).toEqual([]);
    }
  });

  it.each([
    ['', ['--help']],
    ['snapshot create', ['snapshot', 'create', '--help']],
    ['deploy', ['help', 'deploy']],
  ])('is what the program prints: "%s"', async (words, args) => {
    const printed = { code: 0, out: helpOf(commandTree().get(words)!), err: '' };
    expect(await snapback.run(args)).toEqual(printed);
  });

  it('is printed where a command is missing, which is wrong usage', async () => {
    const { code, out, err } = await snapback.run(['snapshot']);
    expect([code, out, err]).toEqual([2, '', expect.stringContaining('Usage: snapback snapshot ')]);
  });

  it('names the command that was meant', async () => {
    const { code, out, err } = await snapback.run(['snapshot', 'craete']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^unknown command 'craete'\n\(Did you mean create\?\)\n/);
  });
});
