import type { SnapshotOrigin, SnapshotOutcome } from './manifest.js';
import { count, flag, list, object, optional, text, time, type Fields } from './manifest-fields.js';

/* What the first and the last line of a manifest say beside what a reader needs. All throw an `Error` that names the wrong field. */

export function origin(fields: Fields): SnapshotOrigin {
  const project = object(fields['project'], 'project');
  const environment = object(fields['environment'], 'environment');
  return {
    organization: text(fields, 'organization'),
    project: {
      id: text(project, 'id'),
      name: text(project, 'name'),
      ...optional(project, 'description', text),
    },
    environment: {
      id: text(environment, 'id'),
      name: text(environment, 'name'),
      type: text(environment, 'type'),
      pool: text(environment, 'pool'),
      labels: texts(environment['labels'], 'labels'),
      database: flag(environment, 'database'),
      filestore: flag(environment, 'filestore'),
    },
    trigger: text(fields, 'trigger'),
    ...optional(fields, 'label', text),
    requestedBy: text(fields, 'requestedBy'),
    requestedAt: time(fields, 'requestedAt'),
    ...optional(fields, 'deploymentId', text),
  };
}

export function outcome(fields: Fields): SnapshotOutcome {
  return {
    ...optional(fields, 'databaseBytes', count),
    ...optional(fields, 'filestoreBytes', count),
    ...optional(fields, 'fileCount', count),
    readBytes: count(fields, 'readBytes'),
    carriedOverBytes: count(fields, 'carriedOverBytes'),
    contentBytes: count(fields, 'contentBytes'),
    canBeBase: flag(fields, 'canBeBase'),
    findings: list(fields, 'findings', (item) => {
      const finding = object(item, 'findings');
      return { code: text(finding, 'code'), message: text(finding, 'message'), blocking: flag(finding, 'blocking') };
    }),
    ...optional(fields, 'record', text),
  };
}

/** Texts by names. */
export function texts(value: unknown, name: string): Record<string, string> {
  const fields = object(value, name);
  return Object.fromEntries(Object.keys(fields).map((key) => [key, text(fields, key)]));
}
