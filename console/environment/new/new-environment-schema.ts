import type { Environment, EnvironmentCreate, SnapshotDetails } from '../../../sdk/typescript/index.js';
import { WITHOUT_CONTROL_CHARACTERS } from '../../forms/label-text.js';
import { z } from '../../ui/schema.js';
import { neutralizeOf, neutralizeShape } from '../rules/rules-schema.js';

/** What a new environment is made of. */
export interface Origin {
  snapshotId: string;
  /** That the snapshot was taken of. */
  source: Environment;
  /** What the snapshot holds, and the new one has therefore. */
  hasDatabase: boolean;
  hasFilestore: boolean;
}

export const ENVIRONMENT_TYPES = ['production', 'staging', 'development'] as const;
export const TLS_MODES = ['disable', 'require', 'verify-full'] as const;

const shape = z.object({
  name: z
    .string()
    .trim()
    .min(1, 'What is it called?')
    .max(100, 'It may have 100 characters at most.')
    .regex(WITHOUT_CONTROL_CHARACTERS, 'It must have no line breaks and no control characters.'),
  type: z.enum(ENVIRONMENT_TYPES),
  database: z.object({
    host: z.string().trim(),
    port: z.string().trim(),
    database: z.string(),
    user: z.string(),
    password: z.string().max(1000, 'It may have 1,000 characters at most.'),
    tls: z.enum(TLS_MODES),
  }),
  filestorePath: z.string(),
  ...neutralizeShape,
});

export type NewEnvironmentDraft = z.infer<typeof shape>;
type Problem = readonly [field: string, message: string];

export function newEnvironmentSchema(origin: Origin) {
  return shape.superRefine((draft, { addIssue }) => {
    for (const [field, message] of problemsOf(draft, origin))
      addIssue({ code: 'custom', path: field.split('.'), message });
  });
}

export function originOf(snapshot: SnapshotDetails, source: Environment): Origin {
  return {
    snapshotId: snapshot.id,
    source,
    hasDatabase: snapshot.databaseBytes !== null,
    hasFilestore: snapshot.filestoreBytes !== null,
  };
}

/** Beside where the source is. Its name and its password are another one's. */
export function firstDraft({ source: { database, filestorePath } }: Origin): NewEnvironmentDraft {
  const known = database?.kind === 'connection' ? database : undefined;
  return {
    name: '',
    type: 'development',
    database: {
      host: known?.host ?? '',
      port: String(known?.port ?? 5432),
      database: '',
      user: known?.user ?? '',
      password: '',
      tls: known?.tls ?? 'disable',
    },
    filestorePath: filestorePath === null ? '' : filestorePath.replace(/[^/]*\/*$/, ''),
    neutralizeSql: '',
    neutralizePaths: null,
    allowUnneutralized: false,
  };
}

/** Production's data goes to another kind of environment only as that one says. */
export function mustNeutralize({ source }: Origin, type: Environment['type']): boolean {
  return source.type === 'production' && type !== 'production';
}

function problemsOf(draft: NewEnvironmentDraft, origin: Origin): Problem[] {
  return [
    ...(origin.hasDatabase ? databaseProblems(draft.database) : []),
    ...(origin.hasFilestore ? directoryProblems(draft.filestorePath) : []),
    ...(mustNeutralize(origin, draft.type) ? neutralizeProblems(draft, origin) : []),
  ];
}

function* databaseProblems({ host, port, database, user }: NewEnvironmentDraft['database']): Generator<Problem> {
  if (host === '') yield ['database.host', 'Where is its PostgreSQL?'];
  else if (host.length > 253 || !/^([A-Za-z0-9]([A-Za-z0-9._:-]*[A-Za-z0-9])?|::1)$/.test(host))
    yield ['database.host', 'It must be the name of a host, or an address.'];
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    yield ['database.port', 'A whole number from 1 to 65,535.'];
  for (const [field, name] of [
    ['database.database', database],
    ['database.user', user],
  ] as const) {
    if (name === '') yield [field, 'It needs a name.'];
    else if (name.length > 63) yield [field, 'It may have 63 characters at most.'];
  }
}

function* directoryProblems(path: string): Generator<Problem> {
  // oxlint-disable-next-line no-control-regex -- the contract forbids just these
  if (path.length > 4000 || !/^\/[^\u0000-\u001f]+$/.test(path) || path.endsWith('/'))
    yield ['filestorePath', 'Name a directory that is not there yet, by its absolute path.'];
}

function* neutralizeProblems(draft: NewEnvironmentDraft, origin: Origin): Generator<Problem> {
  const { neutralizeSql, neutralizePaths, allowUnneutralized } = neutralizeOf(draft);
  if (allowUnneutralized) return;
  if (origin.hasDatabase && neutralizeSql === null)
    yield ['neutralizeSql', 'Rows come from production: say how they become harmless, or accept them as they are.'];
  if (origin.hasFilestore && neutralizePaths === null)
    yield ['neutralizePaths', 'Files come from production: say what becomes of them, or accept them as they are.'];
}

/** What is sent; the rules for production's data only where they count. */
export function bodyOf(draft: NewEnvironmentDraft, origin: Origin): EnvironmentCreate {
  const { host, port, database, user, password, tls } = draft.database;
  const { neutralizeSql, neutralizePaths, allowUnneutralized } = neutralizeOf(draft);
  return {
    name: draft.name.trim(),
    type: draft.type,
    ...(origin.hasDatabase && {
      database: {
        kind: 'connection',
        host: host.trim(),
        port: Number(port),
        database,
        user,
        ...(password !== '' && { password }),
        tls,
      },
    }),
    ...(origin.hasFilestore && { filestorePath: draft.filestorePath }),
    // The workers that reach the one reach the other beside it.
    pool: origin.source.pool,
    ...(mustNeutralize(origin, draft.type) && {
      ...(origin.hasDatabase && neutralizeSql !== null && { neutralizeSql }),
      ...(origin.hasFilestore && neutralizePaths !== null && { neutralizePaths }),
      allowUnneutralized,
    }),
    from: { snapshotId: origin.snapshotId },
  };
}
