import { notFound, usage } from '../outcome/outcome-error.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** As many names as a person reads. */
const NAMED = 10;

/** Of an id: fewer characters are a guess. */
const SHORTEST = 4;

export function isId(text: string): boolean {
  return UUID.test(text);
}

/** Whether an id begins with what was asked for, as lists show ids. */
export function beginsWith(id: string, asked: string): boolean {
  return asked.length >= SHORTEST && id.startsWith(asked.toLowerCase());
}

/** Those that match among the first of a list, which may be a million long. */
export async function firstMatching<T>(
  list: AsyncIterable<T>,
  lookedAt: number,
  matches: (item: T) => boolean,
): Promise<T[]> {
  const matching: T[] = [];
  let looked = 0;
  for await (const item of list) {
    if (matches(item)) matching.push(item);
    if ((looked += 1) >= lookedAt) break;
  }
  return matching;
}

export interface Candidate<T> {
  thing: T;
  /** How it is told apart from others of the same name. */
  told: string;
}

/** The only one of the candidates. Nobody guesses between several: what is destroyed must be what was meant. */
export function theOne<T>(
  kind: string,
  asked: string,
  candidates: readonly Candidate<T>[],
  others: readonly string[],
): T {
  const [first, second] = candidates;
  if (first === undefined) throw notFound(`There is no ${kind} "${asked}"${existing(others)}.`);
  if (second !== undefined) {
    throw usage(
      `"${asked}" is the name of several: ${some(
        candidates.map(({ told }) => told),
        '; ',
      )}. Say which one by its id.`,
    );
  }
  return first.thing;
}

function existing(names: readonly string[]): string {
  return names.length === 0 ? '' : `; there is ${some(names, ', ')}`;
}

function some(texts: readonly string[], between: string): string {
  const more = texts.length > NAMED ? ` and ${texts.length - NAMED} more` : '';
  return `${texts.slice(0, NAMED).join(between)}${more}`;
}
