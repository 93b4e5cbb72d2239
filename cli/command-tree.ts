import type { Command } from 'commander';
import { programFor } from './program.js';

/** As wide as help is at the most. */
const WIDTH = 100;

/** The commands that `--help` shows, with the words that call them; the program itself first, by no words. */
export function commandTree(): Map<string, Command> {
  const found = new Map<string, Command>();
  const add = (words: string, command: Command): void => {
    found.set(words, command);
    for (const below of command.createHelp().visibleCommands(command))
      if (below.name() !== 'help') add(`${words} ${below.name()}`.trim(), below);
  };
  add('', programFor({}, 'of its help').command);
  return found;
}

/** What `--help` of it prints where no terminal is narrower. */
export function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (piece) => (text += piece), getOutHelpWidth: () => WIDTH });
  command.outputHelp();
  return `${text.trimEnd()}\n`;
}
