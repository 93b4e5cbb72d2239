import { describe, expect, it } from 'vitest';
import { EXIT } from '../outcome/exit-codes.js';
import { isId, theOne } from './matching.js';

const named = (thing: string) => ({ thing, told: `shop (${thing})` });
const many = Array.from({ length: 12 }, (_, at) => `s${at}`);

describe('the one that is meant', () => {
  it('is the only one there is', () => {
    expect(theOne('project', 'shop', [named('id-1')], ['shop', 'bank'])).toBe('id-1');
  });

  it('is nobody where there are several, which are told with what tells them apart', () => {
    expect(() => theOne('project', 'shop', ['id-1', 'id-2'].map(named), [])).toThrow(
      expect.objectContaining({
        exitCode: EXIT.usage,
        message: '"shop" is the name of several: shop (id-1); shop (id-2). Say which one by its id.',
      }),
    );
  });

  it('is not found where there is none, and what there is is told', () => {
    expect(() => theOne('project', 'shpo', [], ['shop', 'bank'])).toThrow(
      expect.objectContaining({
        exitCode: EXIT.notFound,
        message: 'There is no project "shpo"; there is shop, bank.',
      }),
    );
    expect(() => theOne('project', 'shop', [], [])).toThrow('There is no project "shop".');
  });

  it('is told of in as many names as a person reads', () => {
    expect(() => theOne('project', 'x', [], many)).toThrow(
      'there is s0, s1, s2, s3, s4, s5, s6, s7, s8, s9 and 2 more.',
    );
    expect(() => theOne('snapshot', 'nightly', many.map(named), [])).toThrow('; shop (s9) and 2 more. Say');
  });
});

describe('an id', () => {
  it.each([
    ['5f2a1f0e-7a52-4b43-9c43-5d7d0b7f5b11', true],
    ['5F2A1F0E-7A52-4B43-9C43-5D7D0B7F5B11', true],
    ['5f2a1f0e', false],
    ['5f2a1f0e-7a52-4b43-9c43-5d7d0b7f5b11x', false],
    ['x5f2a1f0e-7a52-4b43-9c43-5d7d0b7f5b1', false],
    ['', false],
  ])('of "%s": %s', (text, is) => {
    expect(isId(text)).toBe(is);
  });
});
