import { zodResolver } from '@hookform/resolvers/zod';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useForm } from 'react-hook-form';
import type { Snapshot, SnapshotPin } from '../../sdk/typescript/index.js';
import { SnapbackError } from '../../sdk/typescript/index.js';
import { snapback } from '../api/snapback.js';
import { LONGEST_LABEL, WITHOUT_CONTROL_CHARACTERS } from '../forms/label-text.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Equivalents, shellWord } from '../ui/equivalents.js';
import { Failed } from '../ui/failed.js';
import { Field, inputLook } from '../ui/field.js';
import { linkLook } from '../ui/link.js';
import { z } from '../ui/schema.js';
import { dayOf, endOfDay } from '../ui/zoned-day.js';
import { commandOf, pathOf, type Where } from './naming.js';

interface PinDialogProps {
  snapshot: Snapshot;
  where: Where;
  /** Undefined: nobody may know. */
  maxPinned: number | undefined;
  onClose: () => void;
  onDone: () => void;
}

/** The contract's: at most ten years. */
const LONGEST_YEARS = 10;

function schemaFor(zone: string) {
  const latest = () => {
    const end = new Date();
    end.setUTCFullYear(end.getUTCFullYear() + LONGEST_YEARS);
    return end;
  };
  return z.object({
    reason: z
      .string()
      .trim()
      .max(LONGEST_LABEL, `At most ${LONGEST_LABEL} characters.`)
      .refine((text) => WITHOUT_CONTROL_CHARACTERS.test(text), 'No control characters.'),
    until: z
      .string()
      .refine((day) => day === '' || endOfDay(day, zone) > new Date(), 'That day is over.')
      .refine((day) => day === '' || endOfDay(day, zone) <= latest(), `At most ${LONGEST_YEARS} years from now.`),
  });
}

/** Why it is kept, and until when. A pinned one may be given another reason or another end. */
export function PinDialog({ snapshot, where, maxPinned, onClose, onDone }: PinDialogProps) {
  const { zone } = where;
  const { pin } = snapshot;
  const form = useForm({
    resolver: zodResolver(schemaFor(zone)),
    defaultValues: {
      reason: pin?.reason ?? '',
      until: pin === null || pin.expiresAt === null ? '' : dayOf(new Date(pin.expiresAt), zone),
    },
  });
  const { mutate, error, isPending } = useMutation({
    mutationFn: (body: SnapshotPin) => snapback.snapshots.pin(where.environmentId, snapshot.id, body),
    onSuccess: onDone,
  });
  const { errors } = form.formState;
  const typed = bodyOf(form.watch(), zone);
  const wrong = (field: string) =>
    error instanceof SnapbackError ? error.problem?.errors?.find((one) => one.field === field)?.message : undefined;
  return (
    <Dialog
      open
      onClose={onClose}
      title={pin === null ? 'Pin this snapshot' : 'Change the pin'}
      about={`A pinned snapshot is never deleted, by a person or by retention.${room(maxPinned)}`}
    >
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => void form.handleSubmit((values) => mutate(bodyOf(values, zone)))(event)}
      >
        <Field
          label="Reason"
          hint="For those who will wonder one day."
          error={errors.reason?.message ?? wrong('reason')}
        >
          {(parts) => <input {...parts} {...form.register('reason')} autoComplete="off" className={inputLook} />}
        </Field>
        <Field
          label="Last day"
          hint={`It is kept to the end of that day in ${zone}, ten years from now at the most. Empty: until somebody unpins it.`}
          error={errors.until?.message ?? wrong('expiresAt')}
        >
          {(parts) => (
            <input
              {...parts}
              {...form.register('until')}
              type="date"
              min={dayOf(new Date(), zone)}
              className={`${inputLook} sm:max-w-52`}
            />
          )}
        </Field>
        {error !== null && wrong('reason') === undefined && wrong('expiresAt') === undefined && (
          <Failed error={error} />
        )}
        {error instanceof SnapbackError && error.code === 'pin-limit-reached' && <MakeRoom where={where} />}
        <div className="flex items-center justify-end gap-2">
          <span className="mr-auto">
            <Equivalents
              of={{
                command: commandOf('pin', snapshot.id, where, ...optionsOf(typed)),
                method: 'POST',
                path: pathOf(snapshot, '/pin'),
                body: typed,
              }}
            />
          </span>
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" look="primary" busy={isPending}>
            {pin === null ? 'Pin' : 'Change'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What one may do about it elsewhere. */
function MakeRoom({ where: { projectId, environmentId } }: { where: Where }) {
  const params = { projectId, environmentId };
  return (
    <p className="flex flex-wrap gap-x-4 text-sm">
      <Link
        to="/projects/$projectId/environments/$environmentId"
        params={params}
        search={{ pinned: 'true' }}
        className={linkLook}
      >
        See what is pinned
      </Link>
      <Link to="/projects/$projectId/environments/$environmentId/settings" params={params} className={linkLook}>
        Change the settings
      </Link>
    </p>
  );
}

function room(maxPinned: number | undefined): string {
  if (maxPinned === 0) return ' The settings of this environment allow no pins now.';
  return maxPinned === undefined ? '' : ` Of this environment at most ${maxPinned} are pinned at a time.`;
}

function bodyOf({ reason, until }: { reason: string; until: string }, zone: string): SnapshotPin {
  const end = until === '' ? null : endOfDay(until, zone);
  return {
    ...(reason.trim() !== '' && { reason: reason.trim() }),
    // While somebody types it may be no day yet.
    expiresAt: end === null || Number.isNaN(end.getTime()) ? null : end.toISOString(),
  };
}

function optionsOf({ reason, expiresAt }: SnapshotPin): string[] {
  return [
    ...(reason === undefined ? [] : ['--reason', shellWord(reason)]),
    ...(expiresAt === undefined || expiresAt === null ? [] : ['--until', expiresAt]),
  ];
}
