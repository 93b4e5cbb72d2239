import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CredentialsUnreadableError, SecretBox } from './secret-box.js';

const OWNER = '2b8d8f0e-3a43-4f0c-8a57-6f0d5f1f2a02';
const key = randomBytes(32).toString('base64');
const box = SecretBox.withKey(key);
const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));

function flipped(sealed: string, byte: number): string {
  const bytes = Buffer.from(sealed.slice(3), 'base64');
  bytes[byte < 0 ? bytes.length + byte : byte]! ^= 1;
  return `v1:${bytes.toString('base64')}`;
}

describe('SecretBox', () => {
  it.each(['a-secret', printable, 'Straße 🗝 密码', ' ', 'x'.repeat(1000)])(
    'gives back what was sealed: %s',
    (secret) => {
      expect(box.open(box.seal(secret, OWNER), OWNER)).toBe(secret);
    },
  );

  it('seals the same secret differently each time', () => {
    expect(box.seal('a-secret', OWNER)).not.toBe(box.seal('a-secret', OWNER));
  });

  it('marks what it sealed with a version', () => {
    expect(box.seal('a-secret', OWNER)).toMatch(/^v1:[A-Za-z0-9+/]+=*$/);
  });

  it.each([
    ['the nonce', 0],
    ['the secret', 12],
    ['the tag', -1],
  ])('does not open what was changed in %s', (_, byte) => {
    expect(() => box.open(flipped(box.seal('a-secret', OWNER), byte), OWNER)).toThrow(CredentialsUnreadableError);
  });

  it('does not open what was copied from another environment', () => {
    const sealed = box.seal('a-secret', OWNER);
    expect(() => box.open(sealed, '9d0a4f7e-64d6-4d6a-a3c8-5ed0b1d3be03')).toThrow(CredentialsUnreadableError);
  });

  it('says what to do when the key is another one, and not the secret', () => {
    const other = SecretBox.withKey(randomBytes(32).toString('base64'));
    const sealed = box.seal('a-secret', OWNER);
    expect(() => other.open(sealed, OWNER)).toThrow(/with the key it was stored under, or set the password again/);
    expect(() => other.open(sealed, OWNER)).not.toThrow(/a-secret|v1:/);
  });

  it.each(['', 'a-secret', 'v1:', 'v1:AAAA', 'v2:' + 'A'.repeat(64)])(
    'does not open what it never sealed: %j',
    (text) => {
      expect(() => box.open(text, OWNER)).toThrow(CredentialsUnreadableError);
    },
  );

  it('tells whether it holds a secret without failing on what it cannot open', () => {
    const sealed = box.seal('a-secret', OWNER);
    expect(box.holds(sealed, OWNER, 'a-secret')).toBe(true);
    expect(box.holds(sealed, OWNER, 'another')).toBe(false);
    expect(box.holds('v1:AAAA', OWNER, 'a-secret')).toBe(false);
    expect(box.holds(null, OWNER, '')).toBe(false);
  });

  it.each([undefined, '', 'short', randomBytes(31).toString('base64'), randomBytes(33).toString('base64')])(
    'refuses the key %j',
    (unfit) => {
      expect(() => SecretBox.withKey(unfit)).toThrow(/CREDENTIALS_KEY must be 32 bytes in base64/);
    },
  );
});
