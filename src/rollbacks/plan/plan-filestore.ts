import type { Finding } from '../../contract/generated/types.gen.js';
import { requiredBytes } from '../../engine/filestore/facts/required-bytes.js';
import { displayPath } from '../../engine/filestore/paths/encoded-path.js';
import type { FilestoreSide, RollbackFacts } from './rollback-facts.js';

type Captured = Pick<RollbackFacts['snapshot'], 'filestoreBytes' | 'fileCount'>;

/** In one line, whatever is in it. */
const shown = (path: string): string => displayPath(Buffer.from(path));

/** Why the live directory cannot be exchanged. Each is something a person can change. */
export function filestoreRefusals(side: FilestoreSide, captured: Captured): Finding[] {
  const { facts, isOwn, isShared, sharedWith, hasKeptState } = side;
  const other = sharedWith === undefined ? 'another environment' : `the environment ${sharedWith}`;
  const name = `The filestore ${shown(facts.path)}`;
  if (!facts.exists) return [{ code: 'filestore-missing', message: `${name} does not exist; create the directory.` }];
  if (!facts.isDirectory) return [{ code: 'filestore-not-a-directory', message: `${name} is not a directory.` }];
  const required = requiredBytes(captured);
  const rules: [boolean, string, string][] = [
    [isOwn, 'own-directory', `${name} overlaps with a directory Snapback keeps its own data in.`],
    [isShared, 'filestore-shared', `${name} overlaps with that of ${other}; give each its own directory.`],
    [
      facts.mountsBelow.length > 0,
      'filestore-contains-mounts',
      `${name} contains mount points (${facts.mountsBelow.slice(0, 3).map(shown).join(', ')}); unmount them first.`,
    ],
    [
      !facts.parentWritable,
      'filestore-parent-unwritable',
      `The service may not write in ${shown(facts.parent)}, where the new directory is built; allow it.`,
    ],
    [
      facts.parentWritable && !facts.exchangeSupported,
      'filestore-exchange-unsupported',
      facts.exchangeProblem ?? 'The file system cannot exchange two directories.',
    ],
    [
      facts.freeBytes < required && !hasKeptState,
      'disk-space',
      `The file system of ${shown(facts.parent)} has ${facts.freeBytes} bytes free, the rollback needs ${required}; make room first.`,
    ],
  ];
  return rules.filter(([holds]) => holds).map(([, code, message]) => ({ code, message }));
}

export function filestoreWarnings({ facts, hasKeptState }: FilestoreSide, captured: Captured): Finding[] {
  const warnings: Finding[] = [];
  if (facts.isSymlink && facts.realPath !== undefined) {
    warnings.push({
      code: 'filestore-is-link',
      message: `The filestore is a link; the directory it leads to, ${shown(facts.realPath)}, is exchanged.`,
    });
  }
  if (facts.isMountPoint) {
    warnings.push({
      code: 'filestore-is-mount-point',
      message:
        'The filestore is a mount point: what is at its top is exchanged entry by entry while the database is closed, and what the service keeps lies in a hidden directory of it. Whoever reads files without the database may see some of each state for an instant.',
    });
  }
  if (needsRoom({ facts, hasKeptState }, captured)) {
    warnings.push({
      code: 'kept-state-in-the-way',
      message: 'There is too little room: what earlier rollbacks have kept for an undo is removed first.',
    });
  }
  if (facts.openFiles.length > 0) {
    warnings.push({
      code: 'open-files',
      message: `Processes have files of the filestore open and will go on with the previous ones: ${facts.openFiles.join(', ')}. Restart them after the rollback.`,
    });
  }
  return warnings;
}

/** Whether the rollback only fits when an earlier one's previous state goes first. */
export function needsRoom(
  { facts, hasKeptState }: Pick<FilestoreSide, 'facts' | 'hasKeptState'>,
  captured: Captured,
): boolean {
  return hasKeptState && facts.freeBytes < requiredBytes(captured);
}
