import { useState } from 'react';
import type { Environment, EnvironmentDetails, Snapshot } from '../../../sdk/typescript/index.js';
import { Button } from '../../ui/button.js';
import { Card } from '../../ui/card.js';
import { Dialog } from '../../ui/dialog.js';
import { Field, inputLook } from '../../ui/field.js';
import { SafetyChoice } from '../safety-choice.js';
import { SnapshotByTime } from './snapshot-by-time.js';
import { SnapshotList } from './snapshot-list.js';
import { SnapshotRow } from './snapshot-row.js';

export interface Choice {
  snapshotId?: string;
  targetId?: string;
  safety?: boolean;
}

interface ChoiceCardProps {
  environment: EnvironmentDetails;
  zone: string;
  snapshot: Snapshot | undefined;
  targetId: string;
  /** The environments of the project, as far as they may be seen. */
  environments: readonly Environment[];
  safety: boolean;
  change: (choice: Choice) => void;
}

/** What becomes what. The plan beside it is made anew with each change. */
export function ChoiceCard({ environment, zone, snapshot, targetId, environments, safety, change }: ChoiceCardProps) {
  const [isOpen, setOpen] = useState(false);
  const standbyId = standbyOf(environment);
  const choose = ({ id }: Snapshot) => {
    setOpen(false);
    change({ snapshotId: id });
  };
  const known = environments.some(({ id }) => id === targetId) ? environments : [environment, ...environments];
  return (
    <Card title="What becomes what">
      <div className="flex flex-col gap-4">
        <div className="flex flex-col gap-1">
          <div className="flex items-center justify-between gap-2">
            <p className="text-sm font-medium">Snapshot</p>
            <Button size="small" onClick={() => setOpen(true)}>
              Choose<span className="sr-only"> another snapshot</span>
            </Button>
          </div>
          {snapshot !== undefined && (
            <div className="rounded-small border px-3 py-2">
              <SnapshotRow snapshot={snapshot} zone={zone} isStandby={snapshot.id === standbyId} />
            </div>
          )}
        </div>
        <Field label="Environment that is changed">
          {(parts) => (
            <select
              {...parts}
              className={inputLook}
              value={targetId}
              onChange={(event) => change({ targetId: event.target.value })}
            >
              {known.map(({ id, name, type }) => (
                <option key={id} value={id}>
                  {name} ({id === environment.id ? 'itself' : type})
                </option>
              ))}
            </select>
          )}
        </Field>
        <SafetyChoice
          about="Of the state that is swapped out, right after the swap."
          isWanted={safety}
          want={(wanted) => change({ safety: wanted })}
        />
      </div>
      <Dialog open={isOpen} onClose={() => setOpen(false)} title="Choose a snapshot">
        <SnapshotList
          environmentId={environment.id}
          zone={zone}
          chosenId={snapshot?.id}
          standbyId={standbyId}
          choose={choose}
        />
        <SnapshotByTime environmentId={environment.id} zone={zone} choose={choose} />
      </Dialog>
    </Card>
  );
}

/** The snapshot that is swapped in within a second. */
function standbyOf({ standby }: EnvironmentDetails): string | undefined {
  return standby?.status === 'ready' ? (standby.snapshotId ?? undefined) : undefined;
}
