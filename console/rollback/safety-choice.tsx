import { useId } from 'react';

interface SafetyChoiceProps {
  /** A sentence: of what, and when. */
  about: string;
  isWanted: boolean;
  want: (isWanted: boolean) => void;
}

export function SafetyChoice({ about, isWanted, want }: SafetyChoiceProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-3 text-sm">
      <input
        id={id}
        type="checkbox"
        aria-describedby={`${id}-about`}
        checked={isWanted}
        onChange={(event) => want(event.target.checked)}
        className="mt-0.5 size-4 accent-accent"
      />
      <div>
        <label htmlFor={id} className="block font-medium">
          Take a safety snapshot
        </label>
        <p id={`${id}-about`} className="text-soft">
          {about}
        </p>
      </div>
    </div>
  );
}
