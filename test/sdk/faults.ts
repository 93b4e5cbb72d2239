/** What one fault does to the requests that it matches; sdk/conformance/README.md says what each property means. */
export interface Fault {
  method?: string;
  path?: RegExp;
  times: number;
  answer?: { status: number; headers: Record<string, string>; body: string };
  clockSkewSeconds: number;
  lose: boolean;
  hang: boolean;
  delayMs: number;
  merge?: object;
  cutAfterEvents?: number;
  cutWithinEvent?: number;
  insertEvent?: string;
  buffer: boolean;
}

const PROPERTIES = new Set([
  ...['method', 'path', 'times', 'answer', 'clockSkewSeconds', 'lose', 'hang', 'delayMs', 'merge'],
  ...['cutAfterEvents', 'cutWithinEvent', 'insertEvent', 'buffer'],
]);

/** The faults of a request to the control. Throws a sentence about what is no fault: a misspelt one would do nothing, and a case would pass. */
export function readFaults(given: unknown): Fault[] {
  return (Array.isArray(given) ? given : [given]).map(readFault);
}

function readFault(given: unknown): Fault {
  if (!isRecord(given)) throw new TypeError('A fault is an object.');
  const unknown = Object.keys(given).find((name) => !PROPERTIES.has(name));
  if (unknown !== undefined) throw new TypeError(`A fault has no property "${unknown}".`);
  const { method, path, answer, merge, insertEvent } = given;
  return {
    ...(method === undefined ? {} : { method: text(method, 'method').toUpperCase() }),
    ...(path === undefined ? {} : { path: new RegExp(text(path, 'path')) }),
    times: number(given['times'] ?? 1, 'times'),
    ...(answer === undefined ? {} : { answer: readAnswer(answer) }),
    clockSkewSeconds: number(given['clockSkewSeconds'] ?? 0, 'clockSkewSeconds'),
    lose: given['lose'] === true,
    hang: given['hang'] === true,
    delayMs: number(given['delayMs'] ?? 0, 'delayMs'),
    ...(isRecord(merge) ? { merge } : {}),
    ...count(given, 'cutAfterEvents'),
    ...count(given, 'cutWithinEvent'),
    ...(insertEvent === undefined ? {} : { insertEvent: text(insertEvent, 'insertEvent') }),
    buffer: given['buffer'] === true,
  };
}

function readAnswer(given: unknown): Fault['answer'] {
  if (!isRecord(given)) throw new TypeError('An answer is an object.');
  const { status, headers = {}, body = '' } = given;
  if (!isRecord(headers)) throw new TypeError('Headers are an object.');
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  const isText = typeof body === 'string';
  return {
    status: number(status, 'status'),
    headers: { ...(isText ? {} : { 'content-type': 'application/json' }), ...Object.fromEntries(named) },
    body: isText ? body : JSON.stringify(body),
  };
}

/** Those that wait for their requests, in the order in which they came. */
export class Faults {
  private waiting: Fault[] = [];

  add(faults: readonly Fault[]): void {
    this.waiting.push(...faults.map((fault) => ({ ...fault })));
  }

  clear(): void {
    this.waiting = [];
  }

  /** The first one that matches; each is there for so many requests, and a request meets one. */
  take(method: string, path: string): Fault | undefined {
    const found = this.waiting.find(
      (fault) => (fault.method === undefined || fault.method === method) && (fault.path?.test(path) ?? true),
    );
    if (found === undefined) return undefined;
    found.times -= 1;
    if (found.times <= 0) this.waiting = this.waiting.filter((fault) => fault !== found);
    return found;
  }
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new TypeError(`${name} is a text.`);
  return value;
}

function number(value: unknown, name: string): number {
  if (typeof value !== 'number') throw new TypeError(`${name} is a number.`);
  return value;
}

function count<N extends string>(given: Record<string, unknown>, name: N): Partial<Record<N, number>> {
  return given[name] === undefined ? {} : ({ [name]: number(given[name], name) } as Record<N, number>);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
