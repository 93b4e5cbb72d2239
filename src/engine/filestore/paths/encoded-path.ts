import { isUtf8 } from 'node:buffer';
import type { EncodedPath } from '../../../vault/manifests/manifest.js';
import { EngineError } from '../../engine-error.js';

const UTF8 = 'utf8:';
const BASE64 = 'base64:';
const MAX_NAME_BYTES = 255;

/** A longer path is shown by so much of its start and its end: one knows where to look, and reads the name. */
const SHOWN_BYTES = 320;
const SHOWN_START_BYTES = 100;
const SHOWN_END_BYTES = 200;

/** Writes the bytes of a path or link target as text; `decodePath` gives the same bytes back. */
export function encodePath(bytes: Buffer): EncodedPath {
  return isUtf8(bytes) ? UTF8 + bytes.toString('utf8') : BASE64 + bytes.toString('base64');
}

/**
 * The bytes of a path or link target. Throws `EngineError('snapshot-damaged')` for anything that
 * `encodePath` would not have written: every path has one spelling, so that two spellings can never
 * pass for two paths.
 */
export function decodePath(encoded: EncodedPath): Buffer {
  const bytes = encoded.startsWith(UTF8)
    ? Buffer.from(encoded.slice(UTF8.length), 'utf8')
    : Buffer.from(encoded.slice(BASE64.length), 'base64');
  if (encodePath(bytes) !== encoded) {
    throw new EngineError(
      'snapshot-damaged',
      `The manifest holds a path that is not encoded as one: ${quote(encoded)}.`,
    );
  }
  return bytes;
}

/**
 * The bytes of a path below a filestore's root, as a restore may use them: relative, without `.`,
 * `..`, NUL or empty parts; the root itself is the empty path. Throws `EngineError('snapshot-damaged')`
 * for any other. Symbolic links are the caller's business: this looks at the text only.
 */
export function decodeRelativePath(encoded: EncodedPath): Buffer {
  const bytes = decodePath(encoded);
  const reason = reasonNotRelative(bytes);
  if (reason) {
    throw new EngineError(
      'snapshot-damaged',
      `The path ${quote(encoded)} in the manifest ${reason}; nothing may be restored there.`,
    );
  }
  return bytes;
}

function reasonNotRelative(bytes: Buffer): string | undefined {
  if (bytes.length === 0) return undefined;
  if (bytes.includes(0)) return 'contains a NUL byte';
  if (bytes[0] === 0x2f) return 'is absolute';
  // latin1 maps every byte to one character, so that splitting it never looks inside a character.
  for (const part of bytes.toString('latin1').split('/')) {
    if (part === '') return 'has an empty part';
    if (part === '.' || part === '..') return `has a part "${part}"`;
    if (part.length > MAX_NAME_BYTES) return `has a name of more than ${MAX_NAME_BYTES} bytes`;
  }
  return undefined;
}

/**
 * A path for a person or a log, in one line that is not too long: what could move the cursor, hide text or break a line is
 * escaped, and so is every byte that is not UTF-8; of a long one the middle is left out. A string is taken for an encoded
 * path, bytes for the path itself.
 */
export function displayPath(path: Buffer | EncodedPath): string {
  const bytes = typeof path === 'string' ? bytesToShow(path) : path;
  if (bytes.length === 0) return '.';
  if (bytes.length <= SHOWN_BYTES) return escape(bytes, isUtf8(bytes));
  const isText = isUtf8(bytes);
  let start = SHOWN_START_BYTES;
  let end = bytes.length - SHOWN_END_BYTES;
  // No character is cut in half.
  if (isText) {
    while (isWithinCharacter(bytes[start]!)) start -= 1;
    while (isWithinCharacter(bytes[end]!)) end += 1;
  }
  return `${escape(bytes.subarray(0, start), isText)}…${escape(bytes.subarray(end), isText)}`;
}

function escape(bytes: Buffer, isText: boolean): string {
  return isText ? escapeText(bytes.toString('utf8')) : escapeBytes(bytes);
}

function isWithinCharacter(byte: number): boolean {
  return (byte & 0b1100_0000) === 0b1000_0000;
}

/** Unlike `decodePath` it never throws: what is shown may be what is wrong. */
function bytesToShow(encoded: EncodedPath): Buffer {
  if (encoded.startsWith(UTF8)) return Buffer.from(encoded.slice(UTF8.length), 'utf8');
  if (encoded.startsWith(BASE64)) return Buffer.from(encoded.slice(BASE64.length), 'base64');
  return Buffer.from(encoded, 'utf8');
}

function escapeText(text: string): string {
  // Controls, line and paragraph separators, invisible and direction-changing characters.
  return text.replaceAll(/[\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === '\\') return '\\\\';
    return escapeBytes(Buffer.from(character, 'utf8'));
  });
}

function escapeBytes(bytes: Buffer): string {
  let shown = '';
  for (const byte of bytes) {
    const printable = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
    shown += printable ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return shown;
}

function quote(encoded: string): string {
  return `"${escapeText(encoded)}"`;
}
