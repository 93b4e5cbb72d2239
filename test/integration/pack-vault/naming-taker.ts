import { hash } from 'node:crypto';
import type { ContentTaker } from '../../../src/vault/reading/content-taker.js';

/** Names contents by their SHA-256; a word beside them is in front, and "fail" is a failure. */
export default function namingTaker({ prefix }: { prefix: string }): ContentTaker<string, (string | null)[]> {
  return (contents, word) => {
    if (word === 'fail') throw Object.assign(new Error('It was told to.'), { code: 'told-to' });
    return contents.map((content) => content && `${prefix}${word} ${hash('sha256', content)}`);
  };
}
