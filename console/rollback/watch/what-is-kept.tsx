import { Link } from '@tanstack/react-router';
import type { RollbackLog } from '../../../sdk/typescript/index.js';
import { Badge } from '../../ui/badge.js';
import { Card } from '../../ui/card.js';
import { Facts, type Fact } from '../../ui/facts.js';
import { linkLook } from '../../ui/link.js';
import { ShortId } from '../../ui/short-id.js';
import { SNAPSHOT_STATUS } from '../../ui/words.js';
import type { Place } from './use-place-of.js';
import { When } from './when.js';

interface WhatIsKeptProps {
  log: RollbackLog;
  place: Place | null | undefined;
  zone: string;
}

/** What is left of the state that was swapped out, and the ways back to it. */
export function WhatIsKept({ log, place, zone }: WhatIsKeptProps) {
  const { status, keptDatabase, keptDirectory, undoableUntil, safetySnapshotId } = log;
  if (status === 'queued' || status === 'running') return null;
  if (status !== 'completed' && keptDatabase === null && keptDirectory === null) return null;
  const isDone = status === 'completed';
  const facts: (Fact | false)[] = [
    keptDatabase !== null && ['Database', <Name key="database" text={keptDatabase} />],
    keptDirectory !== null && ['Directory', <Name key="directory" text={keptDirectory} />],
    isDone && ['Undo until', <When key="until" at={undoableUntil} zone={zone} none="not any more" />],
    isDone && ['Safety snapshot', safetySnapshotId === null ? 'none' : <Safety key="safety" log={log} place={place} />],
  ];
  return (
    <Card title={isDone ? 'What was swapped out' : 'Left beside the live state'}>
      <Facts of={facts} />
    </Card>
  );
}

function Name({ text }: { text: string }) {
  return <code className="font-mono text-xs wrap-anywhere">{text}</code>;
}

function Safety({
  log: { environmentId, safetySnapshotId, safetySnapshotStatus },
  place,
}: Omit<WhatIsKeptProps, 'zone'>) {
  const snapshotId = safetySnapshotId ?? '';
  const word = safetySnapshotStatus === null ? undefined : SNAPSHOT_STATUS[safetySnapshotStatus];
  return (
    <span className="flex flex-wrap items-center gap-2">
      {place ? (
        <Link
          to="/projects/$projectId/environments/$environmentId/snapshots/$snapshotId"
          params={{ projectId: place.projectId, environmentId, snapshotId }}
          className={linkLook}
        >
          {snapshotId.slice(0, 8)}
        </Link>
      ) : (
        <ShortId id={snapshotId} />
      )}
      {word !== undefined && <Badge tone={word.tone}>{word.text}</Badge>}
    </span>
  );
}
