import type { SnapshotFile } from '../../sdk/typescript/index.js';

/** A place in a filestore, as addresses and requests have it: text, or bytes in base64 for what is no UTF-8; neither is the filestore itself. */
export interface FilePath {
  path?: string;
  pathBase64?: string;
}

export interface Crumb {
  name: string;
  at: FilePath;
}

const SLASH = 0x2f;

/** Where an entry is. Its `path` alone would not lead to it when it is no UTF-8. */
export function placeOf({ path, pathBase64 }: Pick<SnapshotFile, 'path' | 'pathBase64'>): FilePath {
  if (pathBase64 !== null) return { pathBase64 };
  return path === '' ? {} : { path };
}

/** The directories that lead to a place and the place itself, without the filestore. What is no base64 leads nowhere: the service says so. */
export function crumbsOf({ path, pathBase64 }: FilePath): Crumb[] {
  if (pathBase64 !== undefined) return crumbsOfBytes(bytesOf(pathBase64));
  if (path === undefined) return [];
  const names = path.split('/');
  return names.map((name, index) => ({ name, at: { path: names.slice(0, index + 1).join('/') } }));
}

function crumbsOfBytes(bytes: Uint8Array): Crumb[] {
  const ends = [...bytes.keys()].filter((index) => bytes[index] === SLASH);
  if (bytes.length === 0) return [];
  return [...ends, bytes.length].map((end, index) => ({
    name: textOf(bytes.subarray(index === 0 ? 0 : (ends[index - 1] ?? 0) + 1, end)),
    at: placeOfBytes(bytes.subarray(0, end)),
  }));
}

function placeOfBytes(bytes: Uint8Array): FilePath {
  try {
    return { path: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { pathBase64: btoa(String.fromCharCode(...bytes)) };
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
