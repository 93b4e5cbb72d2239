import { useMutation } from '@tanstack/react-query';
import { useId, useState } from 'react';
import type { ItemRestore } from '../../sdk/typescript/index.js';
import { snapback } from '../api/snapback.js';
import { asksForName, NameToType, whyNotTyped } from '../rollback/name-to-type.js';
import type { Where } from '../snapshot/naming.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Equivalents } from '../ui/equivalents.js';
import { ExactName } from '../ui/exact-name.js';
import { Failed } from '../ui/failed.js';
import { isolated } from '../ui/isolated.js';
import { visible } from '../ui/visible.js';
import { equivalentOf, nameOf, requestFor, schemaOf, type Place, type Wanted } from './items-asked.js';

interface RestoreDialogProps {
  wanted: Wanted;
  snapshotId: string;
  where: Where;
  onClose: () => void;
  onBegun: (restore: ItemRestore) => void;
}

/** Says where it will be, and puts it there. What is there is asked about only where it is replaced. */
export function RestoreDialog({ wanted, snapshotId, where, onClose, onBegun }: RestoreDialogProps) {
  const [place, setPlace] = useState<Place>('beside');
  const [typed, setTyped] = useState('');
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => snapback.items.restore(where.environmentId, snapshotId, requestFor(wanted, place)),
    onSuccess: onBegun,
  });
  // Who may not see what kind of environment it is types its name.
  const target = { name: where.environmentName, type: where.environmentType ?? 'production' };
  const asks = place === 'in_place' && asksForName(target);
  const reason = asks ? whyNotTyped(target, typed) : undefined;
  const name = isolated(visible(nameOf(wanted)));
  return (
    <Dialog
      open
      onClose={onClose}
      closable={!isPending}
      title={'file' in wanted ? `Restore ${name}` : `Restore a copy of ${name}`}
      about={`Into the live environment ${isolated(where.environmentName)}, which goes on running. Nothing else of the snapshot is restored.`}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (reason === undefined && !isPending) mutate();
        }}
      >
        {'file' in wanted ? (
          <PlaceChoice kind={wanted.file.kind} place={place} choose={setPlace} />
        ) : (
          <AboutTable schema={schemaOf(snapshotId)} name={wanted.table.name} />
        )}
        {asks && <NameToType name={target.name} typed={typed} type={setTyped} />}
        {error !== null && <Failed error={error} />}
        <div className="flex flex-wrap items-center justify-end gap-2">
          <span className="mr-auto">
            <Equivalents of={equivalentOf(wanted, place, snapshotId, where)} />
          </span>
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" look="primary" busy={isPending} reason={reason}>
            Restore
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface PlaceChoiceProps {
  kind: 'file' | 'directory' | 'symlink';
  place: Place;
  choose: (place: Place) => void;
}

function PlaceChoice({ kind, place, choose }: PlaceChoiceProps) {
  const what = kind === 'directory' ? 'the directory, with all that is in it now,' : 'it';
  return (
    <fieldset className="flex flex-col gap-3 text-sm">
      <legend className="mb-2 font-medium">Where to</legend>
      <Choice
        value="beside"
        title="Beside what is there"
        about="As name.restored-<time>, in the same directory. Nothing that is there is touched. Where the directory is gone, it comes back, and what is restored has its own name."
        {...{ place, choose }}
      />
      <Choice
        value="in_place"
        title="In its place"
        about={`What has its name now is replaced: ${what} is kept for an undo as long as the settings say (undoMinutes), and gone then.`}
        {...{ place, choose }}
      />
    </fieldset>
  );
}

interface ChoiceProps {
  value: Place;
  title: string;
  about: string;
  place: Place;
  choose: (place: Place) => void;
}

function Choice({ value, title, about, place, choose }: ChoiceProps) {
  const id = useId();
  const isChosen = place === value;
  return (
    <div className="flex items-start gap-3">
      <input
        id={id}
        type="radio"
        name="place"
        value={value}
        checked={isChosen}
        aria-describedby={`${id}-about`}
        data-first-focus={isChosen ? true : undefined}
        onChange={() => choose(value)}
        className="mt-0.5 size-4 shrink-0 accent-accent"
      />
      <div>
        <label htmlFor={id} className="block font-medium">
          {title}
        </label>
        <p id={`${id}-about`} className="text-soft">
          {about}
        </p>
      </div>
    </div>
  );
}

function AboutTable({ schema, name }: { schema: string; name: string }) {
  return (
    <div className="flex flex-col gap-2 text-sm">
      <p>
        It comes into a schema of its own, with its columns, rows and primary key:{' '}
        <code className="font-mono text-xs wrap-anywhere">
          {schema}.<ExactName name={name} />
        </code>
      </p>
      <p className="text-soft">
        The live table is not touched: what you want back you copy by SQL. Only the role of the environment may look
        into that schema.
      </p>
    </div>
  );
}
