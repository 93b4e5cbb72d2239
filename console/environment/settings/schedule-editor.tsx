import { Plus, X } from 'lucide-react';
import { useFormContext, useWatch } from 'react-hook-form';
import { Button } from '../../ui/button.js';
import { inputLook } from '../../ui/field.js';
import { OWN_ZONE } from '../../ui/moment.js';
import { cronWords } from '../schedule/cron-words.js';
import type { Draft } from './settings-schema.js';

type Entry = NonNullable<Draft['schedule']>[number];

const MOST = 10;
/** What most people begin with. */
const USUAL = '0 3 * * *';

/** Entries of a schedule, each in words as one writes it. */
export function ScheduleEditor() {
  const { control, setValue, formState } = useFormContext<Draft>();
  const schedule = useWatch({ control, name: 'schedule' }) ?? [];
  const errors = formState.errors.schedule;
  const change = (entries: Entry[]) => setValue('schedule', entries, { shouldDirty: true, shouldValidate: true });
  const put = (index: number, entry: Entry) => change(schedule.map((one, at) => (at === index ? entry : one)));
  return (
    <div className="flex flex-col gap-3">
      {schedule.length === 0 && <p className="text-sm text-soft">Nothing is taken by itself.</p>}
      {schedule.map((entry, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- two may be alike while they are written
        <fieldset key={index} className="rounded-small border p-3">
          <legend className="sr-only">Entry {index + 1}</legend>
          <EntryFields
            entry={entry}
            number={index + 1}
            problem={errors?.[index]}
            onChange={(changed) => put(index, changed)}
            onRemove={() => change(schedule.filter((_, at) => at !== index))}
          />
        </fieldset>
      ))}
      <Button
        size="small"
        className="self-start"
        reason={schedule.length >= MOST ? `A schedule has at most ${MOST} entries.` : undefined}
        onClick={() => change([...schedule, { cron: USUAL, timeZone: schedule.at(-1)?.timeZone ?? OWN_ZONE }])}
      >
        <Plus aria-hidden className="size-4" /> Add an entry
      </Button>
    </div>
  );
}

interface EntryFieldsProps {
  entry: Entry;
  number: number;
  problem:
    | { message?: string; cron?: { message?: string }; timeZone?: { message?: string }; keep?: { message?: string } }
    | undefined;
  onChange: (entry: Entry) => void;
  onRemove: () => void;
}

function EntryFields({ entry, number, problem, onChange, onRemove }: EntryFieldsProps) {
  const id = `entry-${number}`;
  const words = cronWords(entry.cron);
  const wrong =
    problem?.cron?.message ??
    (words === undefined ? 'This cannot be read: minute, hour, day of the month, month, day of the week.' : undefined);
  const setKeep = (text: string) => {
    const { keep: _, ...rest } = entry;
    // What is no number goes on as it is: the form refuses it at its field.
    onChange(
      text.trim() === '' ? rest : { ...rest, keep: (Number.isNaN(Number(text)) ? text : Number(text)) as number },
    );
  };
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-end gap-2">
        <div className="grid grow grid-cols-2 gap-2 sm:grid-cols-[1.3fr_1.3fr_0.8fr]">
          <Cell id={`${id}-cron`} label="Cron" className="max-sm:col-span-2">
            <input
              id={`${id}-cron`}
              value={entry.cron}
              spellCheck={false}
              autoComplete="off"
              aria-invalid={wrong === undefined ? undefined : true}
              aria-describedby={`${id}-words`}
              onChange={({ target }) => onChange({ ...entry, cron: target.value })}
              className={`${inputLook} font-mono text-[0.85rem]`}
            />
          </Cell>
          <Cell id={`${id}-zone`} label="Time zone">
            <input
              id={`${id}-zone`}
              list="zones"
              value={entry.timeZone}
              spellCheck={false}
              autoComplete="off"
              aria-invalid={problem?.timeZone === undefined ? undefined : true}
              onChange={({ target }) => onChange({ ...entry, timeZone: target.value })}
              className={inputLook}
            />
          </Cell>
          <Cell id={`${id}-keep`} label="Keep newest">
            <input
              id={`${id}-keep`}
              inputMode="numeric"
              value={entry.keep ?? ''}
              placeholder="as others"
              autoComplete="off"
              aria-invalid={problem?.keep === undefined ? undefined : true}
              onChange={({ target }) => setKeep(target.value)}
              className={`${inputLook} numbers`}
            />
          </Cell>
        </div>
        <Button look="quiet" size="icon" aria-label={`Remove entry ${number}`} onClick={onRemove}>
          <X aria-hidden className="size-4" />
        </Button>
      </div>
      <p id={`${id}-words`} aria-live="polite" className={`text-sm ${wrong === undefined ? 'text-soft' : 'text-bad'}`}>
        {wrong ?? words}
      </p>
      {[problem?.timeZone?.message, problem?.keep?.message, problem?.message].map(
        (message) =>
          message !== undefined && (
            <p key={message} role="alert" className="text-sm text-bad">
              {message}
            </p>
          ),
      )}
    </div>
  );
}

function Cell({
  id,
  label,
  className = '',
  children,
}: {
  id: string;
  label: string;
  className?: string;
  children: React.ReactNode;
}) {
  return (
    <div className={className}>
      <label htmlFor={id} className="text-xs text-soft">
        {label}
      </label>
      {children}
    </div>
  );
}
