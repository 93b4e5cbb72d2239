import { zodResolver } from '@hookform/resolvers/zod';
import { useMutation } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { z } from '../ui/schema.js';
import type { Webhook, WebhookWithSecret } from '../../sdk/typescript/index.js';
import { snapback } from '../api/snapback.js';
import { placeFieldErrors } from '../forms/place-field-errors.js';
import { Button } from '../ui/button.js';
import { Equivalents } from '../ui/equivalents.js';
import { Failed } from '../ui/failed.js';
import { Field, inputLook } from '../ui/field.js';
import { Moment } from '../ui/moment.js';
import { Notice } from '../ui/notice.js';

const RANGE = 'It must be a whole number of hours, 0 to 168.';
const schema = z.object({ overlapHours: z.number({ error: RANGE }).int(RANGE).min(0, RANGE).max(168, RANGE) });

interface RotateFormProps {
  webhook: Webhook;
  onDone: (webhook: WebhookWithSecret) => void;
  onCancel: () => void;
}

export default function RotateForm({ webhook: { id, previousSecretUntil }, onDone, onCancel }: RotateFormProps) {
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { overlapHours: 24 } });
  const { errors } = form.formState;
  const rotate = useMutation({
    mutationFn: (body: { overlapHours: number }) => snapback.webhooks.rotateSecret(id, body),
    gcTime: 0,
    onSuccess: onDone,
  });
  const submit = form.handleSubmit((body) =>
    rotate.mutate(body, { onError: (error) => void placeFieldErrors(error, ['overlapHours'], form.setError) }),
  );
  const hours = form.watch('overlapHours');
  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="flex flex-col gap-5">
      {previousSecretUntil !== null && (
        <Notice tone="warn">
          The secret before this one signs until <Moment at={previousSecretUntil} />. It ends at once when there is
          another.
        </Notice>
      )}
      <Field
        label="For how many hours the old one signs, too"
        hint="Meanwhile receivers are given the new one. 0: not at all, such as when the old one is known to somebody."
        error={errors.overlapHours?.message}
      >
        {(parts) => (
          <input
            {...parts}
            {...form.register('overlapHours', { valueAsNumber: true })}
            type="number"
            min={0}
            max={168}
            className={`${inputLook} numbers max-w-32`}
          />
        )}
      </Field>
      {rotate.error !== null && errors.overlapHours?.type !== 'service' && <Failed error={rotate.error} />}
      <div className="flex items-center justify-end gap-2">
        <Equivalents
          of={{
            command: `snapback webhooks rotate-secret ${id} --overlap-hours ${hours}`,
            method: 'POST',
            path: `/webhooks/${id}/rotate-secret`,
            body: { overlapHours: hours },
          }}
        />
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" busy={rotate.isPending}>
          Make a new secret
        </Button>
      </div>
    </form>
  );
}
