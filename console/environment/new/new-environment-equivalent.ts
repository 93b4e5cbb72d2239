import { shellWord, type Equivalent } from '../../ui/equivalents.js';
import { neutralizeOptions } from '../rules/rules-equivalent.js';
import { bodyOf, type NewEnvironmentDraft, type Origin } from './new-environment-schema.js';

/** What does the same. The password stands in neither: whoever lists processes would read it. */
export function newEnvironmentEquivalent(draft: NewEnvironmentDraft, origin: Origin, sourceName: string): Equivalent {
  const body = bodyOf({ ...draft, database: { ...draft.database, password: '' } }, origin);
  const { database, filestorePath } = body;
  return {
    command: [
      `snapback env add ${shellWord(body.name === '' ? 'NAME' : body.name)} --type ${body.type}`,
      `--env ${shellWord(sourceName)} --from ${origin.snapshotId.slice(0, 8)}`,
      ...(database?.kind === 'connection'
        ? [
            `--host ${shellWord(database.host)} --port ${database.port}`,
            `--database ${shellWord(database.database === '' ? 'NAME' : database.database)}`,
            `--user ${shellWord(database.user)} --tls ${database.tls}`,
          ]
        : []),
      ...(filestorePath === undefined ? [] : [`--files ${shellWord(filestorePath)}`]),
      `--pool ${shellWord(body.pool ?? 'default')}`,
      ...neutralizeOptions(body),
      '--wait',
    ].join(' '),
    method: 'POST',
    path: `/projects/${origin.source.projectId}/environments`,
    body: database === undefined ? body : { ...body, database: { ...database, password: '…' } },
  };
}
