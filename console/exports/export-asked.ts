import type { Environment, ExportRequest, Snapshot } from '../../sdk/typescript/index.js';
import { commandOf, pathOf, type Where } from '../snapshot/naming.js';
import { shellWord, type Equivalent } from '../ui/equivalents.js';

export type Format = NonNullable<ExportRequest['format']>;
export type Layout = NonNullable<ExportRequest['layout']>;

/** What somebody has chosen. */
export interface Asked {
  format: Format;
  layout: Layout;
  /** As for which environment it is made harmless; undefined: it is as it was captured. */
  neutralizeFor: Pick<Environment, 'id' | 'name'> | undefined;
}

export const FORMATS: Record<Format, { text: string; about: string }> = {
  zip: {
    text: 'zip',
    about: 'For everybody: up to 200,000 files, with names in UTF-8 and no backslash in them.',
  },
  tar_zst: {
    text: 'tar.zst',
    about: 'For any number of files with any names, with their modes, owners and times.',
  },
};

export const LAYOUTS: Record<Layout, { text: string; about: string }> = {
  plain: { text: 'for psql', about: 'The database is dump.sql; files are below filestore/.' },
  directory: { text: 'for pg_restore', about: 'The database is the directory database/; files are below filestore/.' },
  odoo: { text: "for Odoo's database manager", about: "As for psql, with Odoo's own manifest; a zip." },
};

/** What Odoo loads is a zip. */
export function withLayout(asked: Asked, layout: Layout): Asked {
  return { ...asked, layout, format: layout === 'odoo' ? 'zip' : asked.format };
}

export function requestFor({ format, layout, neutralizeFor }: Asked): ExportRequest {
  return { format, layout, neutralizeFor: neutralizeFor?.id ?? null };
}

/** Whether it has rules for all that is in a snapshot. */
export function hasRules(
  { neutralizeSql, neutralizePaths }: Pick<Environment, 'neutralizeSql' | 'neutralizePaths'>,
  { databaseBytes, filestoreBytes }: Pick<Snapshot, 'databaseBytes' | 'filestoreBytes'>,
): boolean {
  return (databaseBytes === null || neutralizeSql !== null) && (filestoreBytes === null || neutralizePaths !== null);
}

/** The same from a terminal. */
export function equivalentOf(asked: Asked, snapshot: Pick<Snapshot, 'environmentId' | 'id'>, where: Where): Equivalent {
  const { format, layout, neutralizeFor } = asked;
  const options = [
    ...(format === 'zip' ? [] : ['--format', format]),
    ...(layout === 'plain' ? [] : ['--layout', layout]),
    ...(neutralizeFor === undefined
      ? []
      : [`--neutralize-for=${shellWord(`${where.projectName}/${neutralizeFor.name}`)}`]),
  ];
  return {
    command: commandOf('export', snapshot.id, where, ...options, '--to', '.'),
    method: 'POST',
    path: pathOf(snapshot, '/exports'),
    body: requestFor(asked),
  };
}
