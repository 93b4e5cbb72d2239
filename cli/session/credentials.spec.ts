import { describe, expect, it } from 'vitest';
import { EXIT } from '../outcome/exit-codes.js';
import { credentialsOf, tokenIn } from './credentials.js';

describe('a token', () => {
  it.each([
    ['as it is', 'abc.def-ghi_~+/=', 'abc.def-ghi_~+/='],
    ['with the end of its line', 'abc\r\n', 'abc'],
    ['between spaces', '  abc\t', 'abc'],
    ['copied from a header', 'Bearer  abc', 'abc'],
    ['copied from one in small letters', 'bearer abc', 'abc'],
  ])('is found %s', (_, text, token) => {
    expect(tokenIn(text)).toBe(token);
  });

  it.each([
    ['nothing', ''],
    ['spaces', ' \n '],
    ['two words', 'secret-part other'],
    ['two lines', 'secret-part\nother'],
    ['a letter beyond ASCII', 'secret-part-é'],
    ['a control', 'secret-part\x1b[31m'],
  ])('is not %s, and is not said again', (_, text) => {
    expect(() => tokenIn(text)).toThrow(
      expect.objectContaining({ exitCode: EXIT.usage, message: expect.not.stringContaining('secret-part') }),
    );
  });

  it('is looked for in variables, of which an empty one is none', async () => {
    expect(credentialsOf({ SNAPBACK_TOKEN: '', SNAPBACK_TOKEN_FILE: '' })).toBeUndefined();
    expect(await credentialsOf({ SNAPBACK_TOKEN: ' abc ', SNAPBACK_TOKEN_FILE: '/nowhere' })?.()).toBe('abc');
    await expect(credentialsOf({ SNAPBACK_TOKEN_FILE: '/nowhere/token' })?.()).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringContaining('/nowhere/token'),
    });
  });
});
