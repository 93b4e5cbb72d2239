import type { Place } from './place.js';
import type { Role } from './role.js';
import type { World } from './world.js';

/** A database nobody here wrote, or one as others make them. */
export interface CorpusDatabase {
  /** Of lower-case letters, digits and hyphens. */
  name: string;
  /** What is special about it, in a few words. */
  about: string;
  /** Small enough for `npm test` and `--quick`, which go through it as this role only. */
  quick?: Role;
  /** Only when it is named with `--only`: it takes too long for every run. */
  onlyWhenNamed?: boolean;
  /** Default: all. */
  roles?: readonly Role[];
  /** Debian's packages it needs; installed before the server starts, where we may. */
  packages?: readonly string[];
  /** What the server has to offer. */
  extensions?: readonly string[];
  /** Resolves to why it cannot be tried here, if it cannot. */
  missing?(world: World): Promise<string | undefined>;
  /** Fills the empty database and its filestore. Its roles, tablespaces and other databases begin with `place.id`. */
  build(place: Place): Promise<void>;
  /** As the role, between the full snapshot and the differential one, besides the random changes. */
  changes?(place: Place): Promise<void>;
  /** As a superuser, besides the damage that is done to every database. */
  damage?(place: Place): Promise<void>;
  /** Tables that random changes leave alone: without their rows others could not be restored by anybody. */
  untouched?: readonly string[];
  /** SQL whose answers, as the role, have to be the same again. */
  probes?: readonly string[];
  /** Subjects of a description that the application itself changes while it is compared. */
  volatile?: readonly string[];
  /** An application that goes on working while its environment is rolled back. */
  serve?(place: Place): Promise<RunningApplication>;
}

export interface RunningApplication {
  /** How it is, after the rollback: undefined when it is well. `note` goes into the report. */
  afterRollback(): Promise<{ unwell?: string; note?: string }>;
  stop(): Promise<void>;
}

type Sql = string | ((place: Place) => string);

/** One that is made by SQL: first by a superuser, then by the role, then by a superuser again. */
export function sqlDatabase(
  database: Omit<CorpusDatabase, 'build' | 'changes' | 'damage'> & {
    before?: Sql;
    sql: Sql;
    after?: Sql;
    changes?: Sql;
    damage?: Sql;
  },
): CorpusDatabase {
  const { before, sql, after, changes, damage, ...rest } = database;
  const text = (given: Sql, place: Place) => (typeof given === 'string' ? given : given(place));
  return {
    ...rest,
    async build(place) {
      if (before !== undefined) await place.asSuperuser(text(before, place));
      await place.asRole(text(sql, place));
      if (after !== undefined) await place.asSuperuser(text(after, place));
    },
    ...(changes !== undefined && { changes: (place: Place) => place.asRole(text(changes, place)) }),
    ...(damage !== undefined && { damage: (place: Place) => place.asSuperuser(text(damage, place)) }),
  };
}
