import { zodResolver } from '@hookform/resolvers/zod';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import * as z from 'zod/mini';
import { snapshotEstimateOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { SnapbackError, type Environment, type SnapshotCreate } from '../../sdk/typescript/index.js';
import { client, snapback } from '../api/snapback.js';
import { LONGEST_LABEL, WITHOUT_CONTROL_CHARACTERS } from '../forms/label-text.js';
import { bytes, count, duration } from '../ui/amounts.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Equivalents, shellWord } from '../ui/equivalents.js';
import { Failed } from '../ui/failed.js';
import { Field, inputLook } from '../ui/field.js';
import { useTell } from '../ui/toasts.js';

/** As `Label` in the contract; empty is none. */
const label = z
  .string()
  .check(
    z.maxLength(LONGEST_LABEL, `At most ${LONGEST_LABEL} characters.`),
    z.regex(WITHOUT_CONTROL_CHARACTERS, 'No line breaks or other control characters.'),
  );
const form = z.object({ label, type: z.enum(['any', 'full', 'differential']) });
type Form = z.infer<typeof form>;

const TYPES = [
  ['any', 'As it suits', 'Differential where that is possible, else full.'],
  ['differential', 'Differential', 'Reads what has changed since its base.'],
  ['full', 'Full', 'Reads everything anew.'],
] as const;

interface TakeSnapshotProps {
  environment: Environment;
  projectName: string | undefined;
  onClose: () => void;
}

export function TakeSnapshot({ environment: { id: environmentId, name }, projectName, onClose }: TakeSnapshotProps) {
  const tell = useTell();
  const queries = useQueryClient();
  const { register, handleSubmit, formState, watch, setError } = useForm<Form>({
    resolver: zodResolver(form),
    defaultValues: { label: '', type: 'any' },
    mode: 'onTouched',
  });
  const take = useMutation({
    mutationFn: (body: SnapshotCreate) => snapback.snapshots.create(environmentId, body),
    onSuccess: async () => {
      tell('The snapshot is queued.');
      onClose();
      await queries.invalidateQueries();
    },
    onError: (error) => {
      if (!(error instanceof SnapbackError)) return;
      for (const { field, message } of error.fields)
        if (field === 'label' || field === 'type') setError(field, { message }, { shouldFocus: true });
    },
  });
  const body = bodyOf(watch());
  const env = `--env ${shellWord(`${projectName ?? ''}/${name}`)}`;
  return (
    <Dialog open onClose={onClose} title="Take a snapshot" about={`Of database and filestore of ${name}, as one unit.`}>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => void handleSubmit((values) => take.mutate(bodyOf(values)))(event)}
      >
        <Field label="Label" hint="What it is for, if you like." error={formState.errors.label?.message}>
          {(parts) => (
            <input
              {...parts}
              {...register('label')}
              placeholder="before 17.0"
              autoComplete="off"
              className={inputLook}
            />
          )}
        </Field>
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 text-sm font-medium">Type</legend>
          {TYPES.map(([value, text, about]) => (
            <label key={value} className="flex items-baseline gap-2 text-sm">
              <input type="radio" value={value} {...register('type')} className="accent-accent" />
              <span>
                {text} <span className="text-soft">{about}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <Estimate environmentId={environmentId} />
        {take.error !== null && <Failed error={take.error} />}
        <div className="flex items-center justify-end gap-2">
          <Equivalents
            of={{
              command: [
                `snapback snapshot create ${env}`,
                ...(body.label === undefined ? [] : [`--label ${shellWord(body.label)}`]),
                ...(body.type === undefined ? [] : [`--type ${body.type}`]),
              ].join(' '),
              method: 'POST',
              path: `/environments/${environmentId}/snapshots`,
              body,
            }}
          />
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={take.isPending}>
            Take it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function bodyOf({ label: text, type }: Form): SnapshotCreate {
  return { ...(text.trim() !== '' && { label: text.trim() }), ...(type !== 'any' && { type }) };
}

/** What it would cost, as far as that can be told now. */
function Estimate({ environmentId }: { environmentId: string }) {
  const { data, error } = useQuery(snapshotEstimateOptions({ client, path: { environmentId } }));
  if (error !== null)
    return (
      <p className="text-sm text-warn">
        What it would cost cannot be told: {error instanceof SnapbackError ? error.detail : 'no answer.'}
      </p>
    );
  if (data === undefined)
    return (
      <p role="status" className="text-sm text-soft">
        Looking how large the environment is…
      </p>
    );
  const {
    databaseBytes,
    filestoreBytes,
    fileCount,
    filestoreExtrapolated,
    expectedDurationSeconds,
    expectedStoredBytes,
  } = data;
  const sizes = [
    ...(databaseBytes === null ? [] : [`database ${bytes(databaseBytes)}`]),
    ...(filestoreBytes === null
      ? []
      : [`${filestoreExtrapolated ? 'about ' : ''}${bytes(filestoreBytes)} in ${count(fileCount ?? 0)} files`]),
  ];
  return (
    <p className="numbers rounded-small bg-sunken px-3 py-2 text-sm">
      About {duration(expectedDurationSeconds * 1000)}, and {bytes(expectedStoredBytes)} more in the vault.{' '}
      <span className="text-soft">Now there: {sizes.join(', ')}.</span>
    </p>
  );
}
