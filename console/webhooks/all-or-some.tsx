import { useId, type ReactNode } from 'react';
import { Checks } from '../ui/checks.js';

interface AllOrSomeProps {
  legend: string;
  all: string;
  some: string;
  isAll: boolean;
  onAll: (isAll: boolean) => void;
  choices: readonly { value: string; label: ReactNode }[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  error: string | undefined;
}

/** All, also those that come later, or those that are named. */
export function AllOrSome({ legend, all, some, isAll, onAll, ...named }: AllOrSomeProps) {
  const name = useId();
  const radio = (means: boolean, label: string) => (
    <label className="flex min-h-8 items-center gap-2 text-sm">
      <input
        type="radio"
        name={name}
        className="size-4 accent-accent"
        checked={isAll === means}
        onChange={() => onAll(means)}
      />
      {label}
    </label>
  );
  return (
    <fieldset className="flex min-w-0 flex-col">
      <legend className="mb-1 text-sm font-medium">{legend}</legend>
      {radio(true, all)}
      {radio(false, some)}
      {!isAll && (
        <div className="mt-1">
          <Checks legend={some} {...named} />
        </div>
      )}
    </fieldset>
  );
}
