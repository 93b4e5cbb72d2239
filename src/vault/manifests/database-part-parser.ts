import type {
  ContentsEntry,
  DatabaseLineage,
  DatabasePartEntry,
  DatabasePropertiesEntry,
  DefinitionsKnown,
  LogPosition,
} from './manifest-database.js';
import {
  content,
  count,
  decimal,
  flag,
  integer,
  list,
  object,
  optional,
  sha256,
  sum,
  text,
  texts,
  wrong,
  type Fields,
} from './manifest-fields.js';

type Kind = DatabasePartEntry['kind'];

const parsers: { [K in Kind]: (fields: Fields) => Extract<DatabasePartEntry, { kind: K }> } = {
  database: (fields) => ({
    kind: 'database',
    serverVersion: text(fields, 'serverVersion'),
    databaseBytes: count(fields, 'databaseBytes'),
    properties: properties(object(fields['properties'], 'properties')),
    ...optional(fields, 'searchPath', texts),
    ...(fields['lineage'] === undefined ? {} : { lineage: lineage(object(fields['lineage'], 'lineage')) }),
    ...(fields['definitions'] === undefined
      ? {}
      : { definitions: definitions(object(fields['definitions'], 'definitions')) }),
    ...optional(fields, 'requirements', text),
    content: content(fields['content']),
  }),
  description: (fields) => ({ kind: 'description', content: content(fields['content']) }),
  table: (fields) => ({
    kind: 'table',
    table: count(fields, 'table'),
    schema: text(fields, 'schema'),
    name: text(fields, 'name'),
    columns: texts(fields, 'columns'),
    ...optional(fields, 'generated', texts),
    ...optional(fields, 'condition', text),
    ...optional(fields, 'fingerprint', sha256),
    ...optional(fields, 'reason', text),
  }),
  segment: (fields) => ({
    kind: 'segment',
    table: count(fields, 'table'),
    fromBlock: count(fields, 'fromBlock'),
    ...optional(fields, 'toBlock', count),
    rows: count(fields, 'rows'),
    ...optional(fields, 'generatedDigest', sum),
    ...(fields['carriedOver'] === undefined ? {} : { carriedOver: always(fields, 'carriedOver') }),
    content: content(fields['content']),
  }),
  sequence: (fields) => ({
    kind: 'sequence',
    schema: text(fields, 'schema'),
    name: text(fields, 'name'),
    lastValue: decimal(fields, 'lastValue'),
    isCalled: flag(fields, 'isCalled'),
    ...(fields['ofLeftOut'] === undefined ? {} : { ofLeftOut: always(fields, 'ofLeftOut') }),
  }),
  'materialized-view': (fields) => ({
    kind: 'materialized-view',
    schema: text(fields, 'schema'),
    name: text(fields, 'name'),
  }),
  contents: (fields) => ({
    kind: 'contents',
    schema: text(fields, 'schema'),
    name: text(fields, 'name'),
    of: ofWhat(fields),
    columns: texts(fields, 'columns'),
    ...optional(fields, 'condition', text),
    rows: count(fields, 'rows'),
    digest: sum(fields, 'digest'),
  }),
};

export function isDatabasePart(kind: unknown): kind is Kind {
  return typeof kind === 'string' && Object.hasOwn(parsers, kind);
}

/** Carries the known fields only. Throws an `Error` that names the wrong one. */
export function parseDatabasePart(kind: Kind, fields: Fields): DatabasePartEntry {
  return parsers[kind](fields);
}

function properties(fields: Fields): DatabasePropertiesEntry {
  return {
    encoding: text(fields, 'encoding'),
    localeProvider: text(fields, 'localeProvider'),
    collate: text(fields, 'collate'),
    ctype: text(fields, 'ctype'),
    ...optional(fields, 'locale', text),
    owner: text(fields, 'owner'),
    ...optional(fields, 'privileges', texts),
    settings: list(fields, 'settings', (item) => {
      const setting = object(item, 'settings');
      return { role: text(setting, 'role'), setting: text(setting, 'setting') };
    }),
    ...(fields['comment'] === null ? { comment: null } : optional(fields, 'comment', text)),
    ...optional(fields, 'connectionLimit', integer),
  };
}

function definitions(fields: Fields): DefinitionsKnown {
  return { state: sha256(fields, 'state'), digest: sha256(fields, 'digest') };
}

function lineage(fields: Fields): DatabaseLineage {
  const marker = object(fields['marker'], 'marker');
  return {
    systemIdentifier: decimal(fields, 'systemIdentifier'),
    databaseOid: count(fields, 'databaseOid'),
    horizon: decimal(fields, 'horizon'),
    marker: { uuid: text(marker, 'uuid'), xmin: decimal(marker, 'xmin') },
    ...(fields['log'] === undefined ? {} : { log: logPosition(object(fields['log'], 'log')) }),
  };
}

function logPosition(fields: Fields): LogPosition {
  return {
    lsn: text(fields, 'lsn'),
    timeline: count(fields, 'timeline'),
    serverStartedAt: decimal(fields, 'serverStartedAt'),
  };
}

/** A mark, which is absent or true. */
function always(fields: Fields, name: string): true {
  if (fields[name] !== true) throw wrong(name);
  return true;
}

function ofWhat(fields: Fields): ContentsEntry['of'] {
  const { of } = fields;
  if (of !== 'materialized-view' && of !== 'extension-table') throw wrong('of');
  return of;
}
