import type { Backend } from '../backend/backend.js';
import { isBackendError } from '../backend/backend-error.js';
import type { PackedChunk, PackRecord } from '../catalogue/catalogue-records.js';
import type { DataKey } from '../keys/data-key.js';
import { packKey } from '../format/object-keys.js';
import { readPackIndex, type OpenedPack } from '../packs/pack-reader.js';
import { compareIndex } from './compare-index.js';
import type { FindingCode } from './finding.js';
import { readWholePack } from './read-whole-pack.js';
import { asPackError, storedPack } from './stored-pack.js';
import { unreadableChunks, type Unreadable } from './unreadable-chunks.js';

export interface PackProblem {
  code: FindingCode;
  severity: 'damage' | 'garbage' | 'note';
  message: string;
}

export interface PackDiagnosis {
  id: Buffer;
  key: string;
  problems: PackProblem[];
  /** The chunks that the catalogue finds in it and that cannot be read there. */
  unreadable: Unreadable;
  /** Whether its index can be read, which is what a rebuild goes by. */
  indexed: boolean;
  /** Whether bytes are not what was written, so that the object itself is of no use to keep. */
  spoilt: boolean;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Looks at one pack: its object, its index against the catalogue's rows, and, when `read`, every byte. Throws as the
 * backend does.
 */
export async function examinePack(
  backend: Backend,
  project: string,
  dataKey: DataKey,
  pack: { record: PackRecord; rows: readonly PackedChunk[]; read: boolean },
): Promise<PackDiagnosis> {
  try {
    return await examineObject(backend, project, dataKey, pack);
  } catch (error) {
    // It was there a moment ago.
    if (isBackendError(error, 'missing')) return missingPack(project, pack.record.id);
    throw error;
  }
}

async function examineObject(
  backend: Backend,
  project: string,
  dataKey: DataKey,
  { record, rows, read }: { record: PackRecord; rows: readonly PackedChunk[]; read: boolean },
): Promise<PackDiagnosis> {
  const key = packKey(project, record.id.toString('hex'));
  const diagnosis: PackDiagnosis = {
    id: record.id,
    key,
    problems: [],
    unreadable: NONE,
    indexed: false,
    spoilt: false,
  };
  const add = (code: FindingCode, message: string, severity: PackProblem['severity'] = 'damage'): void => {
    diagnosis.problems.push({ code, severity, message });
  };
  const facts = await backend.stat(key);
  if (facts === null) return missingPack(project, record.id);
  if (rows.length === 0) {
    add(
      'pack-unused',
      'No chunk in the catalogue lies in this pack. A collection removes it when no snapshot lacks a chunk.',
      'garbage',
    );
    return { ...diagnosis, indexed: true };
  }
  if (facts.bytes !== record.bytes) {
    add('pack-size-differs', `The pack has ${facts.bytes} bytes, the catalogue says ${record.bytes}. Run a repair.`);
  }
  try {
    const opened = await readPackIndex(storedPack(backend, key, facts.bytes), dataKey);
    diagnosis.indexed = true;
    if (opened.keys.header.keyId !== record.keyId)
      add('pack-row-wrong', 'The catalogue names another key for it. Run a repair.');
    addDifferences(add, opened, rows);
    if (read) await addUnread(add, await readWholePack(backend, key, record.id, opened), diagnosis);
  } catch (error) {
    add(
      'pack-unreadable',
      `${asPackError(error).message} Restore it from a copy, or run a repair: it saves what can be read.`,
    );
    diagnosis.spoilt = true;
  }
  const suspicious = diagnosis.problems.some(({ severity }) => severity === 'damage');
  if (!suspicious) return diagnosis;
  return { ...diagnosis, unreadable: await unreadableChunks(backend, key, facts.bytes, dataKey, rows) };
}

function missingPack(project: string, id: Buffer): PackDiagnosis {
  const message = 'The pack is in the catalogue but not in the vault. Restore it from a copy, then run a repair.';
  return {
    id,
    key: packKey(project, id.toString('hex')),
    problems: [{ code: 'pack-missing', severity: 'damage', message }],
    unreadable: 'all',
    indexed: false,
    spoilt: false,
  };
}

type Add = (code: FindingCode, message: string, severity?: PackProblem['severity']) => void;

function addDifferences(add: Add, { entries }: OpenedPack, rows: readonly PackedChunk[]): void {
  const { missing, wrong, stray } = compareIndex(entries, rows);
  if (missing > 0) {
    // Whether anybody misses them is seen at the manifests.
    add(
      'chunk-rows-missing',
      `${missing} of its ${entries.length} chunks are not in the catalogue. A repair enters them if a snapshot needs one.`,
      'note',
    );
  }
  if (wrong > 0)
    add(
      'chunk-rows-wrong',
      `Of ${wrong} of its chunks the catalogue says another place, length or encoding. Run a repair.`,
    );
  if (stray > 0) add('chunk-rows-stray', `The catalogue has ${stray} chunks in it that are not there. Run a repair.`);
}

function addUnread(
  add: Add,
  { named, badFrames }: { named: boolean; badFrames: number },
  diagnosis: PackDiagnosis,
): void {
  if (named && badFrames === 0) return;
  diagnosis.spoilt = true;
  const what = badFrames > 0 ? `${badFrames} of its chunks cannot be read` : 'every chunk in it can be read';
  add(
    'pack-altered',
    `Its bytes are not the ones it is named after; ${what}. Restore it from a copy, or run a repair: it saves what can be read.`,
  );
}
