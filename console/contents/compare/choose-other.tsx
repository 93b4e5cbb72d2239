import { useState } from 'react';
import type { Environment, Snapshot } from '../../../sdk/typescript/index.js';
import { SnapshotByTime } from '../../rollback/choice/snapshot-by-time.js';
import { SnapshotList } from '../../rollback/choice/snapshot-list.js';
import { Dialog } from '../../ui/dialog.js';
import { Select } from '../../ui/select.js';
import { searchOf, type CompareSearch } from './pair.js';

interface ChooseOtherProps {
  isOpen: boolean;
  close: () => void;
  from: Snapshot;
  /** All of the project, as far as they may be seen. */
  environments: readonly Environment[];
  /** Which the present one is of. */
  environmentId: string;
  chosenId: string | undefined;
  zone: string;
  choose: (search: CompareSearch) => void;
}

/** As a snapshot to go back to is chosen; besides, it may be one of another environment of the project. */
export function ChooseOther({ isOpen, close, ...props }: ChooseOtherProps) {
  return (
    <Dialog open={isOpen} onClose={close} title="Compare with which snapshot?">
      <Choices {...props} close={close} />
    </Dialog>
  );
}

function Choices({
  close,
  from,
  environments,
  environmentId,
  chosenId,
  zone,
  choose,
}: Omit<ChooseOtherProps, 'isOpen'>) {
  const [lookedIn, setLookedIn] = useState(environmentId);
  const chosen = (snapshot: Snapshot) => {
    close();
    choose(searchOf(from, snapshot));
  };
  return (
    <>
      {environments.length > 1 && (
        <Select
          label="Of the environment"
          value={lookedIn}
          choices={environments.map(({ id, name, type }) => ({
            value: id,
            label: `${name} (${id === from.environmentId ? 'the same' : type})`,
          }))}
          onChoose={setLookedIn}
        />
      )}
      <SnapshotList
        key={lookedIn}
        environmentId={lookedIn}
        zone={zone}
        chosenId={chosenId}
        standbyId={undefined}
        choose={chosen}
      />
      <SnapshotByTime environmentId={lookedIn} zone={zone} choose={chosen} />
    </>
  );
}
