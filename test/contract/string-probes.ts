/** One change to a value that fits, and whether it still fits afterwards. */
export interface Probe {
  /** What is tried, for a person. */
  what: string;
  change: (base: unknown) => unknown;
  /** Where the fault is, as the service must name it (`x.*`: anywhere below x); null: the value still fits. */
  fault: string | null;
}

interface StringKeywords {
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
}

/** Texts that break one rule or another; which of them a pattern allows is for the pattern to say. */
const AWKWARD = [
  ...['\u0000', 'a\u0000b', '\n', 'a\nb', '\t', '\u007f', '\u0085', '\u2028', ' ', ' a', 'a ', 'a b', '/', '/a/', '-a'],
  ...['A', 'É', '日本', '🙂', 'a:b', '[::1]', 'a,b', '%00', '$(id)', "'; --", 'ENVIRONMENT_', 'ENVIRONMENT_A B', '_'],
];

const UUID = '9d0a4f7e-64d6-4d6a-a3c8-5ed0b1d3be03';
/** What PostgreSQL or a careless check would take for a UUID, and JSON Schema's `uuid` is not. */
const NO_UUIDS = [
  ...['', 'text', UUID.slice(1), `${UUID}0`, ` ${UUID}`, `${UUID}\n`, UUID.replaceAll('-', ''), `{${UUID}}`],
  ...[`urn:uuid:${UUID}`, UUID.replace('9', 'g'), UUID.replace('-', '_'), '../../../etc/passwd', "' OR 1=1 --"],
];

/** Strings at and just past each bound. `base` is one that fits, from which those of some length are made. */
export function stringProbes(keywords: StringKeywords, base: unknown, place: string): Probe[] {
  if (keywords.format === 'uuid') return uuidProbes(place);
  if (keywords.format === 'date-time') return timeProbes(place);
  if (keywords.format !== undefined) throw new Error(`No probes are derived from the format ${keywords.format}.`);
  const { minLength = 0, maxLength, pattern } = keywords;
  const fits = fitting(keywords);
  const probe = (what: string, value: string, fits: boolean): Probe => ({
    what: `${place} ${what}`,
    change: () => value,
    fault: fits ? null : place,
  });
  const text = String(base);
  const probes = AWKWARD.map((value) => probe(JSON.stringify(value), value, fits(value)));
  if (minLength > 0) {
    probes.push(probe('that is too short', text.slice(0, minLength - 1), false));
    probes.push(probe('that is just long enough', shortest(text, minLength, fits), true));
  }
  if (maxLength !== undefined) {
    probes.push(probe('that is just short enough', ofLength(text, maxLength, pattern), true));
    probes.push(probe('that is too long', tooLong(text, maxLength + 1, pattern), false));
    probes.push(probe('that is far too long', tooLong(text, Math.max(maxLength + 1, 10_000), pattern), false));
  }
  return probes;
}

/** JSON Schema counts characters as people do, not UTF-16 units. */
export function fitting({
  minLength = 0,
  maxLength = Infinity,
  pattern = '',
}: StringKeywords): (text: string) => boolean {
  const form = new RegExp(pattern, 'u');
  return (text) => form.test(text) && [...text].length >= minLength && [...text].length <= maxLength;
}

function uuidProbes(place: string): Probe[] {
  return [
    { what: `${place} that nobody has`, change: () => UUID, fault: null },
    { what: `${place} in capitals`, change: (base) => String(base ?? UUID).toUpperCase(), fault: null },
    ...NO_UUIDS.map((value) => ({ what: `${place} ${JSON.stringify(value)}`, change: () => value, fault: place })),
  ];
}

/** Which times a service takes besides, is its own affair: these are none, or lie a month ahead. */
export const NO_TIMES = [
  ...['', 'text', 'tomorrow', '2026-11-23', '2026-13-01T00:00:00Z', '2026-02-30T00:00:00Z', '1795392000'],
  ...['2026-11-23T00:00:00', ' 2026-11-23T00:00:00Z', '2026-11-23T25:00:00Z', '-271821-04-20T00:00:00Z'],
];

export function timeToCome(): string {
  return new Date(Date.now() + 30 * 86_400_000).toISOString();
}

function timeProbes(place: string): Probe[] {
  const abroad = timeToCome().replace('Z', '+02:00');
  return [
    ...[timeToCome(), abroad].map((value) => ({ what: `${place} ${value}`, change: () => value, fault: null })),
    ...NO_TIMES.map((value) => ({ what: `${place} ${JSON.stringify(value)}`, change: () => value, fault: place })),
  ];
}

function shortest(text: string, length: number, fits: (text: string) => boolean): string {
  const found = [text.slice(0, length), 'a'.repeat(length)].find(fits);
  if (found === undefined) throw new Error(`No text of ${length} characters was found that fits like "${text}".`);
  return found;
}

/** The text, filled up with a character its pattern allows. */
function ofLength(text: string, length: number, pattern = ''): string {
  const found = filled(text, length, pattern);
  if (found === undefined) throw new Error(`"${text}" cannot be filled up to ${length} characters.`);
  return found;
}

/** The same where that is possible: no base64 is one character longer. It is refused in any case. */
function tooLong(text: string, length: number, pattern = ''): string {
  return filled(text, length, pattern) ?? text.padEnd(length, 'a');
}

function filled(text: string, length: number, pattern: string): string | undefined {
  const form = new RegExp(pattern, 'u');
  return ['a', 'A', '0'].map((fill) => text.padEnd(length, fill).slice(0, length)).find((long) => form.test(long));
}
