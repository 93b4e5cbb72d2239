import { useId, type ComponentProps } from 'react';

interface SwitchProps extends Omit<ComponentProps<'input'>, 'id' | 'type'> {
  label: string;
  about: string;
  error?: string | undefined;
}

/** Yes or no, with a sentence about it. */
export function Switch({ label, about, error, ...rest }: SwitchProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-3 text-sm">
      <input
        {...rest}
        id={id}
        type="checkbox"
        aria-describedby={error === undefined ? `${id}-about` : `${id}-about ${id}-error`}
        aria-invalid={error === undefined ? undefined : true}
        className="mt-0.5 size-5 shrink-0 accent-accent"
      />
      <div className="min-w-0">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        <p id={`${id}-about`} className="text-soft">
          {about}
        </p>
        {error !== undefined && (
          <p id={`${id}-error`} role="alert" className="mt-1 text-bad">
            {error}
          </p>
        )}
      </div>
    </div>
  );
}
