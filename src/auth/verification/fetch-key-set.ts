import { fetchDocument } from './fetch-document.js';
import { KeySet } from './key-set.js';

/** Asks an identity provider for its keys. Rejects when that brings none. */
export async function fetchKeySet(url: string): Promise<KeySet> {
  return KeySet.parse(await fetchDocument(url));
}
