import type { Finding } from '../../contract/generated/types.gen.js';
import { nameSome } from '../../engine/name-some.js';
import type { KeptLive } from '../../engine/restore/keeping/keep-live.js';

/** So many tables in a sentence. */
const NAMED = 10;

/** What was brought over from what is live, for the log. Pure. */
export function keptLiveStory({ rows, paths }: KeptLive): string {
  const tables = rows?.tables ?? [];
  const sum = tables.reduce((all, { rows: count }) => all + count, 0);
  const parts = [
    ...(tables.length > 0 ? [`${sum} rows of ${namesOf(tables)}`] : []),
    ...(paths ? [`${paths.files} files, ${paths.directories} directories and ${paths.links} links`] : []),
  ];
  return parts.length === 0 ? 'Nothing that is live had to stay.' : `Live ones that stay: ${parts.join('; ')}.`;
}

/** What could not be, and a person should know. Pure. */
export function keptLiveWarnings({ leftOut, rows, paths }: KeptLive): Finding[] {
  const warnings: Finding[] = (rows?.warnings ?? []).map(({ code, message }) => ({ code, message }));
  const emptied = rows?.emptied ?? [];
  if (emptied.length > 0) {
    const reasons = emptied.map((table) => `${nameOf(table)} (${table.reason})`);
    const message = `Tables whose rows were left out are empty now; their rows are in the previous state: ${nameSome(reasons, { between: '; ', most: NAMED })}.`;
    warnings.push({ code: 'live-rows-not-kept', message });
  }
  if (leftOut.tables.length > 0) {
    const message = `Tables that the snapshot has left out are not there now, but in the previous state: ${namesOf(leftOut.tables)}.`;
    warnings.push({ code: 'tables-left-out', message });
  }
  if (paths?.lacksRoom) {
    const message =
      'The disk was full, so that no live file that the snapshot has left out is there now; they are in the previous state.';
    warnings.push({ code: 'live-paths-not-kept', message });
  }
  if (paths && paths.notKept.count > 0) {
    const { names, count } = paths.notKept;
    const message = `Live files that the snapshot has left out have no place in it, or could not be copied, and are in the previous state: ${nameSome(names, { count })}.`;
    warnings.push({ code: 'live-paths-not-kept', message });
  }
  return warnings;
}

function namesOf(tables: readonly { schema: string; name: string }[]): string {
  return nameSome(tables.map(nameOf), { most: NAMED });
}

function nameOf({ schema, name }: { schema: string; name: string }): string {
  return `${schema}.${name}`;
}
