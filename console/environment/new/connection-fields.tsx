import { useFormContext } from 'react-hook-form';
import { Field, inputLook } from '../../ui/field.js';
import { TLS_MODES, type NewEnvironmentDraft } from './new-environment-schema.js';

const TLS_WORDS: Record<(typeof TLS_MODES)[number], string> = {
  disable: 'not encrypted',
  require: 'encrypted',
  'verify-full': 'encrypted, certificate and host name checked',
};

/** Where the database will be, and as whom it is reached. */
export function ConnectionFields() {
  const { register, formState } = useFormContext<NewEnvironmentDraft>();
  // What the service says of the database as a whole is mostly about its name.
  const errors = formState.errors.database;
  const named = errors?.database?.message ?? (typeof errors?.message === 'string' ? errors.message : undefined);
  const plain = { autoComplete: 'off', spellCheck: false, className: inputLook } as const;
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label="Host" error={errors?.host?.message}>
        {(parts) => <input {...parts} {...register('database.host')} {...plain} />}
      </Field>
      <Field label="Port" error={errors?.port?.message}>
        {(parts) => <input {...parts} {...register('database.port')} inputMode="numeric" {...plain} />}
      </Field>
      <Field label="Database" hint="It must not be there yet: it is made." error={named}>
        {(parts) => <input {...parts} {...register('database.database')} {...plain} />}
      </Field>
      <Field label="TLS" error={errors?.tls?.message}>
        {(parts) => (
          <select {...parts} {...register('database.tls')} className={inputLook}>
            {TLS_MODES.map((mode) => (
              <option key={mode} value={mode}>
                {TLS_WORDS[mode]}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="User" hint="The role that owns it. It needs CREATEDB." error={errors?.user?.message}>
        {(parts) => <input {...parts} {...register('database.user')} {...plain} />}
      </Field>
      <Field label="Password" hint="It is encrypted, and never shown again." error={errors?.password?.message}>
        {(parts) => (
          <input
            {...parts}
            {...register('database.password')}
            type="password"
            autoComplete="new-password"
            className={inputLook}
          />
        )}
      </Field>
    </div>
  );
}
