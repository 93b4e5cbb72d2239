import type { ItemRestoreRequest, SnapshotFile, SnapshotTable } from '../../sdk/typescript/index.js';
import { placeOf } from '../contents/file-path.js';
import { pathOf, type Where } from '../snapshot/naming.js';
import { shellWord, type Equivalent } from '../ui/equivalents.js';
import { isVisible } from '../ui/visible.js';

/** What somebody wants out of a snapshot. */
export type Wanted = { file: SnapshotFile } | { table: Pick<SnapshotTable, 'schema' | 'name'> };

export type Place = NonNullable<ItemRestoreRequest['place']>;

export function nameOf(wanted: Wanted): string {
  return 'file' in wanted ? wanted.file.name : `${wanted.table.schema}.${wanted.table.name}`;
}

export function requestFor(wanted: Wanted, place: Place): ItemRestoreRequest {
  if ('file' in wanted) return { files: [placeOf(wanted.file)], place };
  const { schema, name } = wanted.table;
  return { tables: [{ schema, name }] };
}

/** The schema that tables of a snapshot come into. */
export function schemaOf(snapshotId: string): string {
  return `restored_${snapshotId.replaceAll('-', '')}`;
}

/** The same from a terminal; without a command where a name cannot be typed as it is seen. */
export function equivalentOf(wanted: Wanted, place: Place, snapshotId: string, where: Where): Equivalent {
  const command = commandFor(wanted, place, snapshotId, where);
  return {
    ...(command !== undefined && { command }),
    method: 'POST',
    path: pathOf({ environmentId: where.environmentId, id: snapshotId }, '/item-restores'),
    body: requestFor(wanted, place),
  };
}

function commandFor(wanted: Wanted, place: Place, snapshotId: string, where: Where): string | undefined {
  const option = 'file' in wanted ? fileOption(wanted.file, place) : tableOption(wanted.table);
  if (option === undefined) return undefined;
  const env = shellWord(`${where.projectName}/${where.environmentName}`);
  return `snapback items restore ${snapshotId.slice(0, 8)} --env ${env} ${option} --wait`;
}

function fileOption({ path, pathBase64 }: SnapshotFile, place: Place): string | undefined {
  const inPlace = place === 'in_place' ? ' --in-place' : '';
  if (pathBase64 !== null) return `--file-base64 ${pathBase64}${inPlace}`;
  // Otherwise it might be taken for an option.
  return isVisible(path) ? `--file=${shellWord(path)}${inPlace}` : undefined;
}

function tableOption({ schema, name }: { schema: string; name: string }): string | undefined {
  if (!isVisible(schema) || !isVisible(name)) return undefined;
  const typed = [schema, name].map((part) => (/[".]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part)).join('.');
  return `--table=${shellWord(typed)}`;
}
