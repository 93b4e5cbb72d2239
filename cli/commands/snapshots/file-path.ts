import type { FilePath } from '../../../sdk/typescript/index.js';
import { usage } from '../../outcome/outcome-error.js';

/** For names that no argument can have: arguments are read as UTF-8. */
export const BASE64_OPTION = ['--base64', 'the path is in base64, as "pathBase64" of --output json has it'] as const;

/** A path as somebody types it, also with `./` or `/` before it and `/` behind it: all paths begin at the filestore. Empty for all of it. */
export function filePathOf(typed: string, base64 = false): FilePath {
  if (base64) {
    if (Buffer.from(typed, 'base64').toString('base64') !== typed || typed === '')
      throw usage(`"${typed}" is no base64; it is the "pathBase64" of what --output json lists.`);
    return { pathBase64: typed };
  }
  return typed
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}
