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
/** Said where nothing of what differs is shown. */
const ONLY_HIDDEN = 'Only options that are not shown differ.\n';
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
  const shown = byLines({ ...definition, ...rest }) as Record<string, unknown>;
  return stringify(NOT_SHOWN in shown ? { ...shown, [NOT_SHOWN]: 'not shown' } : shown, { lineWidth: 0 });
}

/** Text that YAML would write as one line, however many it has, becomes a list of its lines. */
function byLines(value: unknown): unknown {
  if (typeof value === 'string') return /\n[\t ]+$|\r\n/.test(value) ? value.split('\n') : value;
  if (Array.isArray(value)) return value.map(byLines);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, byLines(inner)]));
}

function diffOf(was: string, is: string): string {
  if (was === is) return ONLY_HIDDEN;
  const patch = createTwoFilesPatch('', '', was, is, '', '', { context: 3, maxEditLength: MOST_EDITS });
  const diff =
    patch === undefined ? `${marked('-', was)}${marked('+', is)}` : patch.slice(Math.max(0, patch.indexOf('@@')));
  if (diff.length <= MOST_DIFF_LETTERS) return diff;
  return `${diff.slice(0, MOST_DIFF_LETTERS)}\n… and ${diff.length - MOST_DIFF_LETTERS} more letters.\n`;
}

function marked(mark: string, text: string): string {
  return text === '' ? '' : `${text.trimEnd().replaceAll(/^/gm, mark)}\n`;
}
