import type { CorpusDatabase } from './corpus-database.js';
import { extensions } from './databases/extensions.js';
import { namesAndSettings } from './databases/names-and-settings.js';
import { orderOfRestoring } from './databases/order-of-restoring.js';
import { ownersAndExtensions } from './databases/owners-and-extensions.js';
import { rowsAndFiles } from './databases/rows-and-files.js';

/** In the order of the table. */
export const DATABASES: readonly CorpusDatabase[] = [
  ...rowsAndFiles,
  ...orderOfRestoring,
  ...namesAndSettings,
  ...ownersAndExtensions,
  ...extensions,
];

/** Those of a run: all, the small ones, or those whose names were given (`*` stands for anything). */
export function chosen(options: { only?: readonly string[]; quick?: boolean }): CorpusDatabase[] {
  const { only = [], quick = false } = options;
  if (only.length > 0) {
    const patterns = only.map((name) => new RegExp(`^${name.replaceAll('*', '.*')}$`));
    return DATABASES.filter(({ name }) => patterns.some((pattern) => pattern.test(name)));
  }
  return DATABASES.filter((database) => (quick ? database.quick === true : database.onlyWhenNamed !== true));
}
