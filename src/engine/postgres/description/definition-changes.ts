import type { Fact, Facts } from './described-object.js';
import { settledText } from './expression-text.js';

/** What every server prints in its own way; majors differ in it for the same definition. */
const PRINTED = new Set([
  'arguments',
  'body',
  'check',
  'default',
  'filter',
  'generated',
  'partitionBound',
  'partitionKey',
  'query',
  'result',
  'statement',
  'using',
]);
/** What not all majors know, or know under another name. */
const NOT_EVERYWHERE = new Set([
  'collate',
  'compression',
  'ctype',
  'disableOnError',
  'failover',
  'generatedColumns',
  'locale',
  'multirange',
  'origin',
  'passwordRequired',
  'persistence',
  'rules',
  'runAsOwner',
  'schemas',
  'streaming',
  'subscript',
  'twoPhase',
  'virtual',
]);
/** Said to differ and not shown: somebody's programs, and what may be somebody's password. */
const NOT_SHOWN = new Set(['source', 'body', 'foreignOptions']);

const SHOWN_LETTERS = 60;
const LETTERS_BEFORE = 15;

/** Each way in which a definition is another one, as part of a sentence: `volatility: immutable → volatile`. */
export function definitionChanges(expected: Facts, found: Facts, options: { sameMajor: boolean }): string[] {
  const changes: string[] = [];
  const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
  for (const name of names) {
    if (!options.sameMajor && (PRINTED.has(name) || NOT_EVERYWHERE.has(name))) continue;
    changes.push(...factChanges(name, expected[name] ?? null, found[name] ?? null, options));
  }
  return changes;
}

function factChanges(name: string, was: Fact, is: Fact, options: { sameMajor: boolean }): string[] {
  if (equal(was, is)) return [];
  const label = words(name);
  if (areNamed(was) && areNamed(is)) return itemChanges(label, was, is, options);
  if (isObject(was) && isObject(is)) {
    if (NOT_SHOWN.has(name)) return [`${label} differ: ${differingKeys(was, is).join(', ')}`];
    return definitionChanges(was, is, options).map((change) => `${label}, ${change}`);
  }
  if (NOT_SHOWN.has(name)) return [`${label} differ`];
  const [before, after] = shortened(text(was), text(is));
  return [`${label}: ${before} → ${after}`];
}

/** Of lists in which every item has a name: columns, attributes, constraints of a domain. */
function itemChanges(
  label: string,
  was: readonly Named[],
  is: readonly Named[],
  options: { sameMajor: boolean },
): string[] {
  const one = label.replace(/s$/, '');
  const found = new Map(is.map((item) => [item.name, item]));
  const expected = new Set(was.map((item) => item.name));
  const changes = was.flatMap((item) => {
    const other = found.get(item.name);
    if (!other) return [`${one} ${item.name} is missing`];
    return definitionChanges(item, other, options).map((change) => `${one} ${item.name}, ${change}`);
  });
  changes.push(...is.filter((item) => !expected.has(item.name)).map((item) => `${one} ${item.name} is new`));
  const order = (items: readonly Named[]) => items.map(({ name }) => name).join(', ');
  if (changes.length === 0 && order(was) !== order(is)) {
    const [before, after] = shortened(order(was), order(is));
    changes.push(`order of ${label}: ${before} → ${after}`);
  }
  return changes;
}

type Named = Facts & { readonly name: string };

function areNamed(value: Fact): value is readonly Named[] {
  return Array.isArray(value) && value.every((item: Fact) => isObject(item) && typeof item['name'] === 'string');
}

function isObject(value: Fact): value is Facts {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function equal(a: Fact, b: Fact): boolean {
  if (a === b) return true;
  if (typeof a === 'string' && typeof b === 'string') return settledText(a) === settledText(b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => equal(item, b[at]));
  if (a === null || b === null || !isObject(a) || !isObject(b)) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => equal(a[name] ?? null, b[name] ?? null));
}

function differingKeys(a: Facts, b: Facts): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]);
}

/** `securityDefiner` → `security definer`. */
function words(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function text(value: Fact): string {
  if (value === null) return 'none';
  if (value === true) return 'yes';
  return typeof value === 'string' ? value.replaceAll(/\s+/g, ' ').trim() : JSON.stringify(value);
}

/** Both texts, short enough for a sentence, from where they begin to differ. */
export function shortened(a: string, b: string): [string, string] {
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same += 1;
  const from = Math.max(a.length, b.length) <= SHOWN_LETTERS ? 0 : Math.max(0, same - LETTERS_BEFORE);
  const cut = (whole: string) => {
    const part = whole.slice(from, from + SHOWN_LETTERS);
    return `${from > 0 ? '…' : ''}${part}${from + part.length < whole.length ? '…' : ''}`;
  };
  return [cut(a), cut(b)];
}
