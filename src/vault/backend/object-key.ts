import { BackendError } from './backend-error.js';

/** Longest key in characters. S3 allows 1024 bytes; the rest is left to a bucket's prefix. */
const MAX_KEY_LENGTH = 512;

/** Longest part of a key: no file system keeps longer names. */
const MAX_PART_LENGTH = 255;

const PART = /^[a-z0-9._-]+$/;
const PREFIX = /^[a-z0-9._/-]*$/;

export function isObjectKey(text: string): boolean {
  return text.length <= MAX_KEY_LENGTH && text.split('/').every(isKeyPart);
}

/** Whether a text can stand between two slashes of a key. */
export function isKeyPart(text: string): boolean {
  return PART.test(text) && text.length <= MAX_PART_LENGTH && text !== '.' && text !== '..';
}

/** Throws `BackendError('invalid-key')` for what is no key. Everything that names a file or an object passes here. */
export function checkKey(key: string): void {
  if (isObjectKey(key)) return;
  throw new BackendError(
    'invalid-key',
    `${shown(key)} is no key: up to ${MAX_KEY_LENGTH} characters a-z, 0-9, ".", "_", "-" in parts separated by single slashes, none of them "." or "..".`,
  );
}

/** The same for the beginning of keys, which may be empty and may end with a slash or within a part. */
export function checkPrefix(prefix: string): void {
  const whole = prefix.split('/').slice(0, -1);
  if (prefix.length <= MAX_KEY_LENGTH && PREFIX.test(prefix) && whole.every(isKeyPart)) return;
  throw new BackendError('invalid-key', `${shown(prefix)} is not the beginning of a key.`);
}

function shown(key: string): string {
  return JSON.stringify(key.length > 100 ? `${key.slice(0, 100)}…` : key);
}
