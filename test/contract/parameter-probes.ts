import { randomUUID } from 'node:crypto';
import type { ObjectSchema } from '../../src/contract/operation.js';
import type { Schema } from '../../src/contract/openapi-document.js';
import type { Schemas } from '../../src/contract/schemas.js';
import { fitting, NO_TIMES, stringProbes, timeToCome } from './string-probes.js';

interface TextProbe {
  text: string;
  fits: boolean;
}

export interface QueryProbe {
  what: string;
  /** The whole query. */
  text: string;
  fault: string | null;
}

export interface HeaderProbe {
  what: string;
  headers: Record<string, string>;
  fault: string | null;
}

/** Every query parameter at and past its bounds, in every form that text can have, and some that are not declared. */
export function queryProbes(schemas: Schemas, declared: ObjectSchema, base: Record<string, string>): QueryProbe[] {
  const beside = (name: string): string => {
    const others = Object.entries(base).filter(([other]) => other !== name);
    return new URLSearchParams(others).toString();
  };
  const join = (...parts: string[]): string => parts.filter((part) => part !== '').join('&');
  const probes = Object.entries(declared.properties).flatMap(([name, schema]) => {
    const texts = textProbes(schemas, schema);
    const [valid] = texts.filter(({ fits }) => fits);
    return [
      ...texts.map(({ text, fits }) => ({
        what: `${name}=${JSON.stringify(text)}`,
        text: join(beside(name), `${name}=${encodeURIComponent(text)}`),
        fault: fits ? null : name,
      })),
      {
        what: `no ${name}`,
        text: join(beside(name), name === 'check' ? 'check=false' : ''),
        fault: declared.required.includes(name) ? name : null,
      },
      {
        what: `${name} twice`,
        text: join(beside(name), `${name}=${valid?.text}`, `${name}=${valid?.text}`),
        fault: name,
      },
      { what: `${name}[]`, text: join(beside(name), `${name}[]=${valid?.text}`), fault: `${name}[]` },
    ];
  });
  const unknown = ['unknown', 'constructor', '__proto__'].map((name) => ({
    what: `?${name}=1`,
    text: join(beside(''), `${name}=1`),
    fault: name,
  }));
  return [...probes, allTogether(schemas, declared), ...unknown];
}

/** Each that may stand beside the others, at its bound: what is added up then, or looked for by one statement. */
function allTogether(schemas: Schemas, declared: ObjectSchema): QueryProbe {
  const texts = Object.entries(declared.properties)
    .filter(([name]) => name !== 'cursor')
    .map(([name, schema]) => [name, textProbes(schemas, schema).findLast(({ fits }) => fits)?.text ?? ''] as const);
  return {
    what: 'all of them at a bound',
    text: new URLSearchParams(Object.fromEntries(texts)).toString(),
    fault: null,
  };
}

/** What fetch can send of each header past and at its bounds. */
export function headerProbes(schemas: Schemas, declared: ObjectSchema): HeaderProbe[] {
  return Object.entries(declared.properties).flatMap(([name, schema]) => {
    const resolved = schemas.resolve(schema);
    return (
      stringProbes(resolved, String(resolved.example ?? '1042'), name)
        .map(({ what, change, fault }) => ({ what, value: String(change(undefined)), fault }))
        // Spaces around a value do not count, and what is no header value does not leave this process.
        .filter(({ value }) => value === value.trim() && /^[\t\x20-\x7e\x80-\xff]*$/.test(value))
        .map(({ what, value, fault }) => ({ what, headers: { [name]: value }, fault }))
    );
  });
}

/** The form of all cursors. */
const CURSOR = '^[A-Za-z0-9_-]+$';

function textProbes(schemas: Schemas, schema: Schema): TextProbe[] {
  const { type, format, pattern, enum: values, minimum, maximum, maxLength } = schemas.resolve(schema);
  const fits = (text: unknown): TextProbe => ({ text: String(text), fits: true });
  const fails = (text: unknown): TextProbe => ({ text: String(text), fits: false });
  if (type === 'boolean') return ['true', 'false'].map(fits).concat(['', '0', '1', 'TRUE', 'yes', 'null'].map(fails));
  if (type === 'integer') {
    const [low, high] = [Number(minimum), Number(maximum)];
    const notIntegers = ['', 'abc', '1.5', '1e1', '0x10', '+5', ' 5', '5 ', '٣', '1,000', 'NaN', '9'.repeat(30)];
    return [fits(low), fits(high), fails(low - 1), fails(high + 1), ...notIntegers.map(fails)];
  }
  if (format === 'date-time') return [fits(timeToCome()), ...NO_TIMES.map(fails)];
  if (format === 'uuid') return [fits(randomUUID()), ...['', 'abc', `${randomUUID()}0`].map(fails)];
  // A cursor: what fits its pattern and was never given out is refused too.
  if (pattern === CURSOR) return ['', 'not/ours', 'abc', 'A'.repeat(2000)].map(fails);
  if (format === 'date-time') {
    const times = [
      '2026-11-23T09:01:00Z',
      '2026-11-23T09:01:00.220+02:00',
      '0001-01-01T00:00:00Z',
      '9999-12-31T23:59:59Z',
    ];
    return times.map(fits).concat(['', 'abc', '2026-11-23', '2026-02-30T00:00:00Z', '2026-11-23T09:01:00'].map(fails));
  }
  if (format === 'date') {
    const noDays = ['', 'abc', '2026-02-30', '2026-13-01', '2026-1-1', '20261123', '2026-11-23T00:00:00Z'];
    return ['2026-11-23', '2028-02-29', '0000-01-01', '9999-12-31'].map(fits).concat(noDays.map(fails));
  }
  if (type === 'string' && typeof maxLength === 'number') {
    const texts = ['a', 'a'.repeat(maxLength), '', 'a'.repeat(maxLength + 1), 'a\0b', 'a\nb'];
    const form = fitting(schemas.resolve(schema));
    return texts.map((text) => ({ text, fits: form(text) }));
  }
  if (!Array.isArray(values)) throw new Error(`No probes are derived from a parameter of type ${String(type)}.`);
  return values
    .map(fits)
    .concat(['', 'unknown', String(values[0]).toUpperCase(), `${values[0]},${values[0]}`].map(fails));
}
