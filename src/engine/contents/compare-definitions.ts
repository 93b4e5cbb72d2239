import { createTwoFilesPatch } from 'diff';
import { stringify } from 'yaml';
import { type DescribedObject, type DescriptionStream, displayName } from '../postgres/description/described-object.js';
import { sideBySide } from '../postgres/description/side-by-side.js';

export interface DefinitionChange {
  /** Which pair of the two descriptions it is, from 0: they stay as they are. */
  number: number;
  kind: DescribedObject['kind'];
  /** For people. */
  name: string;
  change: 'added' | 'removed' | 'changed';
  /** What it was and what it is, line by line, as a unified diff without its header. */
  diff: string;
}

/** What differs in so many places is shown as a whole, before and after: a diff of it takes long and says little. */
const MOST_EDITS = 2_000;
const MOST_DIFF_LETTERS = 64 * 1024;
/** May be somebody's passwords. */
const NOT_SHOWN = 'foreignOptions';

/**
 * The objects whose definitions, owners, privileges or comments have changed from one description to another, in their order, from pair `from` on. A
 * description that is undefined has none. Rejects as the descriptions do.
 */
export async function* definitionChanges(
  before: DescriptionStream | undefined,
  after: DescriptionStream | undefined,
  { from = 0, same = () => undefined }: { from?: number; same?: () => void } = {},
): AsyncGenerator<DefinitionChange> {
  let number = -1;
  for await (const [was, is] of sideBySide(before ?? nothing(), after ?? nothing())) {
    number += 1;
    if (number < from) continue;
    const { kind, name } = (was ?? is)!;
    if (JSON.stringify(was) === JSON.stringify(is)) {
      same();
      continue;
    }
    const change = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed';
    yield { number, kind, name: displayName(name), change, diff: diffOf(textOf(was), textOf(is)) };
  }
}

async function* nothing(): AsyncGenerator<DescribedObject[]> {}

/** An object for people to read: a line for each fact. */
function textOf(object: DescribedObject | undefined): string {
  if (object === undefined) return '';
  const { kind: _, name: __, definition, ...rest } = object;
  const shown = { ...definition, ...rest };
  return stringify(NOT_SHOWN in shown ? { ...shown, [NOT_SHOWN]: 'not shown' } : shown, { lineWidth: 0 });
}

function diffOf(was: string, is: string): string {
  const patch = createTwoFilesPatch('', '', was, is, '', '', { context: 3, maxEditLength: MOST_EDITS });
  const diff =
    patch === undefined ? `${marked('-', was)}${marked('+', is)}` : patch.slice(Math.max(0, patch.indexOf('@@')));
  if (diff.length <= MOST_DIFF_LETTERS) return diff;
  return `${diff.slice(0, MOST_DIFF_LETTERS)}\n… and ${diff.length - MOST_DIFF_LETTERS} more letters.\n`;
}

function marked(mark: string, text: string): string {
  return text === '' ? '' : `${text.trimEnd().replaceAll(/^/gm, mark)}\n`;
}
