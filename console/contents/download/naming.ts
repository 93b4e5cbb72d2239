import type { SnapshotFile } from '../../../sdk/typescript/index.js';
import { commandOf, type Where } from '../../snapshot/naming.js';
import { curlOf, shellWord, type Equivalent } from '../../ui/equivalents.js';
import { isVisible } from '../../ui/visible.js';
import { placeOf, type FilePath } from '../file-path.js';

/** What cannot be seen, or is no part of a name on some system. Browsers know more that is not. */
const NOT_KEPT = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\\/:*?"<>|]/gu;

/** What a file is called where it is kept: what looks like another ending than it has, nobody is to open by mistake. */
export function keptName(name: string): string {
  return name.replaceAll(NOT_KEPT, '_') || 'file';
}

/** What is asked for below a snapshot, at a place: `/file/content?path=…`. */
export function belowSnapshot(what: string, at: FilePath & { search?: string }): string {
  const query = new URLSearchParams(Object.entries(at)).toString();
  return `/${what}${query === '' ? '' : `?${query}`}`;
}

/** What downloads a file from a terminal. A name that cannot be seen as it is stands in it in a form that can be pasted without harm. */
export function downloadCommand(file: SnapshotFile, snapshotId: string, where: Where): string {
  const { path, pathBase64 } = file;
  if (pathBase64 === null && isVisible(path) && !path.startsWith('-'))
    return commandOf('get', snapshotId, where, shellWord(path));
  return `${curlOf(contentOf(file, snapshotId, where))} \\\n  -o downloaded`;
}

function contentOf(file: SnapshotFile, snapshotId: string, { environmentId }: Where): Equivalent {
  const below = belowSnapshot('file/content', placeOf(file));
  return { method: 'GET', path: `/environments/${environmentId}/snapshots/${snapshotId}${below}` };
}
