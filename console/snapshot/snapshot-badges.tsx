import { Pin } from 'lucide-react';
import type { Snapshot } from '../../sdk/typescript/index.js';
import { exact } from '../ui/amounts.js';
import { Badge } from '../ui/badge.js';
import { WithTooltip } from '../ui/tooltip.js';
import { RESTORABILITY, SNAPSHOT_STATUS, TRIGGER } from '../ui/words.js';

/** Its states in a word each. That it is completed goes without saying where its restorability is told. */
export function SnapshotBadges({ snapshot, zone }: { snapshot: Snapshot; zone: string }) {
  const { status, restorability, type, trigger, pin } = snapshot;
  return (
    <>
      {status !== 'completed' && <Badge tone={SNAPSHOT_STATUS[status].tone}>{SNAPSHOT_STATUS[status].text}</Badge>}
      {status === 'completed' && restorability !== null && (
        <WithTooltip text={RESTORABILITY[restorability.state].about}>
          <span tabIndex={0} className="rounded-full">
            <Badge tone={RESTORABILITY[restorability.state].tone}>{RESTORABILITY[restorability.state].text}</Badge>
          </span>
        </WithTooltip>
      )}
      <Badge>{type}</Badge>
      <Badge>{TRIGGER[trigger]}</Badge>
      {pin !== null && (
        <WithTooltip
          text={`${pin.reason ?? 'Nobody said why'}${pin.expiresAt === null ? '' : `, until ${exact(new Date(pin.expiresAt), zone)}`}`}
        >
          <span tabIndex={0} className="rounded-full">
            <Badge tone="good">
              <Pin aria-hidden className="size-3" />
              pinned
            </Badge>
          </span>
        </WithTooltip>
      )}
    </>
  );
}
