import { ROLES } from './role.js';
import type { CorpusDatabase } from './corpus-database.js';
import type { Role } from './role.js';
import { curiousApplication } from './databases/curious-application.js';
import { extensions } from './databases/extensions.js';
import { manyThings } from './databases/many-things.js';
import { namesAndSettings } from './databases/names-and-settings.js';
import { orderOfRestoring } from './databases/order-of-restoring.js';
import { ownersAndExtensions } from './databases/owners-and-extensions.js';
import { regression } from './databases/regression.js';
import { rowsAndFiles } from './databases/rows-and-files.js';
import { tryton } from './databases/tryton.js';

/** In the order of the table. */
export const DATABASES: readonly CorpusDatabase[] = [
  ...rowsAndFiles,
  ...orderOfRestoring,
  ...namesAndSettings,
  ...ownersAndExtensions,
  ...curiousApplication,
  ...extensions,
  ...regression,
  ...manyThings,
  ...tryton,
];

export interface Choice {
  /** Names; `*` stands for anything. */
  only?: readonly string[];
  except?: readonly string[];
  role?: string;
  /** The small ones. */
  quick?: boolean;
}

/** What a run goes through, in order. */
export function chosen({ only = [], except = [], role, quick = false }: Choice): [CorpusDatabase, Role][] {
  const wanted = ({ name, onlyWhenNamed = false }: CorpusDatabase) =>
    only.length > 0 ? only.some((pattern) => matches(name, pattern)) : !onlyWhenNamed;
  const databases = DATABASES.filter(
    (database) => wanted(database) && !except.some((pattern) => matches(database.name, pattern)),
  );
  return databases.flatMap((database) => {
    const short = database.quick === undefined ? [] : [database.quick];
    const roles = quick ? short : (database.roles ?? ROLES);
    return roles
      .filter((one) => role === undefined || one === role)
      .map((one): [CorpusDatabase, Role] => [database, one]);
  });
}

const matches = (name: string, pattern: string) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name);
