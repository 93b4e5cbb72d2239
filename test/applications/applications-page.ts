import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../e2e/page-commands.js';

/** What is shown in it to be typed or written into files, by the language it is marked with. */
export interface Recipe {
  all(language: string): string[];
  /** All of them, in their order. Throws when there are not as many. */
  blocks(language: string, count: number): string[];
  block(language: string): string;
}

/** One part of docs/applications.md, by its heading of whatever rank. */
export async function recipeOf(heading: string): Promise<Recipe> {
  const page = await readFile(join(ROOT, 'docs', 'applications.md'), 'utf8');
  const [, text] = page.split(new RegExp(`^#+ ${heading}\n`, 'm'));
  if (text === undefined) throw new Error(`The page says nothing of ${heading}.`);
  const [section = ''] = text.split(/^##? /m);
  const all = (language: string) =>
    [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
      .filter(([, marked]) => marked === language)
      .map(([, , block = '']) => block);
  const blocks = (language: string, count: number) => {
    const found = all(language);
    if (found.length !== count) throw new Error(`${heading} has ${found.length} blocks of ${language}, not ${count}.`);
    return found;
  };
  return { all, blocks, block: (language) => blocks(language, 1)[0]! };
}
