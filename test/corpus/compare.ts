import type { Description } from './describe.js';

export interface Difference {
  /** What differs, in words. */
  subject: string;
  /** Undefined: it was not there. */
  was: string | undefined;
  /** Undefined: it is gone. */
  is: string | undefined;
}

const SHOWN_CHARACTERS = 160;

export function differences(before: Description, after: Description): Difference[] {
  const subjects = new Set([...before.keys(), ...after.keys()]);
  return [...subjects]
    .filter((subject) => before.get(subject) !== after.get(subject))
    .map((subject) => ({ subject, was: before.get(subject), is: after.get(subject) }));
}

/** Those that `pg_dump` and `pg_restore` by themselves do not make. */
export function withoutShared(found: readonly Difference[], control: readonly Difference[]): Difference[] {
  const known = new Map(control.map((difference) => [difference.subject, difference]));
  return found.filter((one) => {
    const same = known.get(one.subject);
    return same === undefined || same.is !== one.is;
  });
}

/** Those whose object no warning names. */
export function withoutNamed(found: readonly Difference[], warnings: readonly string[]): Difference[] {
  const said = warnings.join('\n');
  return found.filter(({ subject }) => !namesOf(subject).some((name) => mentions(said, name)));
}

export function inWords({ subject, was, is }: Difference): string {
  if (was === undefined) return `${subject} was not there before: ${short(is!)}`;
  if (is === undefined) return `${subject} is gone: ${short(was)}`;
  const [one, other] = [was.split('\n'), is.split('\n')];
  const at = one.findIndex((line, index) => line !== other[index]);
  const [before, now] = at < 0 ? ['(nothing more)', other[one.length]!] : [one[at]!, other[at] ?? '(nothing more)'];
  return `${subject}: was ${short(before)}, is ${short(now)}`;
}

const short = (text: string) => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line;
};

/** The names by which a warning may mean the object: its own without schema and arguments, and its extension's. */
function namesOf(subject: string): string[] {
  const extension = /of extension (\S+)$/.exec(subject)?.[1] ?? /^(?:owner of )?extension (\S+)$/.exec(subject)?.[1];
  const names = extension === undefined ? [] : [extension];
  const definition = /^definition (.*); Type: (.*?); Schema: /.exec(subject);
  const own = definition?.[1] ?? /(?:rows of|sequence|index|partitions of|member \w+) ([^( ]+)/.exec(subject)?.[1];
  // `TABLE item` is the comment or privilege of a table, `item fk` a constraint's or a trigger's table and name.
  if (own !== undefined)
    names.push(
      ...own
        .replace(/\(.*/, '')
        .split(/[\s.]+/)
        .filter((part) => !/^[A-Z]+$/.test(part)),
    );
  return names.map((name) => name.replaceAll('"', '')).filter((name) => name !== 'public' && name !== '-');
}

function mentions(said: string, name: string): boolean {
  return new RegExp(`(?<![\\w])${name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}(?![\\w])`, 'i').test(said);
}
