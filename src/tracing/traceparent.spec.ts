import { TraceFlags } from '@opentelemetry/api';
import { array, assert, constantFrom, nat, oneof, property, string, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTraceparent, parseTraceparent } from './traceparent.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

const hex = (length: number) =>
  array(constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length }).map((all) => all.join(''));
const id = (length: number) => hex(length).filter((text) => /[1-9a-f]/.test(text));

describe('a traceparent', () => {
  it('says trace, span and whether it is sampled', () => {
    const parent = { traceId: TRACE, spanId: SPAN, isRemote: true };
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({ ...parent, traceFlags: TraceFlags.SAMPLED });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-00`)).toEqual({ ...parent, traceFlags: TraceFlags.NONE });
    // Flags that are not known yet are nobody's to pass on.
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-fe`)).toEqual({ ...parent, traceFlags: TraceFlags.NONE });
  });

  it.each([
    ['of a later version', `01-${TRACE}-${SPAN}-01`],
    ['of a later version, with more', `cc-${TRACE}-${SPAN}-01-what-will-come`],
  ])('%s is read as far as it is known', (_, header) => {
    expect(parseTraceparent(header)).toMatchObject({ traceId: TRACE, spanId: SPAN });
  });

  it.each([
    ['nothing', undefined],
    ['an empty one', ''],
    ['a list', [`00-${TRACE}-${SPAN}-01`]],
    ['two of them', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['the version that is none', `ff-${TRACE}-${SPAN}-01`],
    ['the first version, with more', `00-${TRACE}-${SPAN}-01-more`],
    ['a later version, with rubbish', `01-${TRACE}-${SPAN}-01 rubbish`],
    ['a later version without end', `01-${TRACE}-${SPAN}-01-${'x'.repeat(100_000)}`],
    ['too short', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['spaces around', ` 00-${TRACE}-${SPAN}-01`],
    ['a line after it', `00-${TRACE}-${SPAN}-01\n`],
    ['digits of another script', `00-${TRACE.replace('0', '٠')}-${SPAN}-01`],
  ])('is none: %s', (_, header) => expect(parseTraceparent(header)).toBeUndefined());

  it('is read again as it was written', () => {
    assert(
      property(id(32), id(16), constantFrom(0, 1), (traceId, spanId, traceFlags) => {
        const header = formatTraceparent({ traceId, spanId, traceFlags });
        expect(parseTraceparent(header)).toEqual({ traceId, spanId, traceFlags, isRemote: true });
      }),
    );
  });

  it('is what it should be or nothing, whatever is sent', () => {
    const almost = tuple(
      hex(2),
      hex(32),
      hex(16),
      hex(2),
      string({ maxLength: 4 }),
      nat(60),
      string({ unit: 'binary', maxLength: 2 }),
    ).map(([version, trace, span, flags, more, at, stray]) => {
      const header = `${version}-${trace}-${span}-${flags}${more}`;
      return header.slice(0, at) + stray + header.slice(at);
    });
    assert(
      property(oneof(almost, string({ unit: 'binary' })), string({ maxLength: 600 }), (header, state) => {
        const parent = parseTraceparent(header, state);
        if (parent === undefined) return;
        expect(header.slice(3, 52)).toBe(`${parent.traceId}-${parent.spanId}`);
        expect(parent.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
        expect(parent.spanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
      }),
    );
  });
});

describe('a tracestate', () => {
  const parent = `00-${TRACE}-${SPAN}-01`;

  it('goes with it up to 512 characters, and is dropped beyond', () => {
    const longest = `a=${'x'.repeat(250)},b=${'y'.repeat(257)}`;
    expect(longest).toHaveLength(512);
    expect(parseTraceparent(parent, 'vendor=1')?.traceState?.get('vendor')).toBe('1');
    expect(parseTraceparent(parent, `${longest.slice(0, 255)}`)?.traceState?.get('a')).toBeDefined();
    expect(parseTraceparent(parent, `${longest}y`)).not.toHaveProperty('traceState');
    expect(parseTraceparent(parent, 'z'.repeat(1_000_000))).not.toHaveProperty('traceState');
  });

  it('is none without one, or with rubbish in it', () => {
    expect(parseTraceparent(undefined, 'vendor=1')).toBeUndefined();
    expect(parseTraceparent(parent, 'no key, no value')?.traceState?.serialize()).toBe('');
  });
});

it('nothing is written of a span that is none', () => {
  expect(formatTraceparent(undefined)).toBeUndefined();
  expect(formatTraceparent({ traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 1 })).toBeUndefined();
});
