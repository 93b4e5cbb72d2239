import { Field, inputLook } from '../ui/field.js';

interface NameToTypeProps {
  name: string;
  typed: string;
  type: (text: string) => void;
}

/** Keeps a click too quick from changing production: whoever goes on has read what it is called. */
export function NameToType({ name, typed, type }: NameToTypeProps) {
  return (
    <Field label={`Type ${shown(name)} to go on`}>
      {(parts) => (
        <input
          {...parts}
          data-first-focus
          type="text"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          className={inputLook}
          value={typed}
          onChange={(event) => type(event.target.value)}
        />
      )}
    </Field>
  );
}

/** Types of environments in which things are tried out. All others, those of a newer service too, are as good as production. */
const TRIED_IN: readonly string[] = ['staging', 'development'];

/** Why it cannot go on yet; undefined when it can. */
export function whyNotTyped({ name, type }: { name: string; type: string }, typed: string): string | undefined {
  if (!asksForName({ type }) || shown(typed) === shown(name)) return undefined;
  return `Type its name, ${shown(name)}, first.`;
}

export function asksForName({ type }: { type: string }): boolean {
  return !TRIED_IN.includes(type);
}

/** What nobody sees nobody can type: characters without a shape do not count, nor does how many spaces there are. */
function shown(name: string): string {
  return name
    .normalize('NFC')
    .replaceAll(/[\p{Cf}\p{Cc}]/gu, '')
    .replaceAll(/\s+/gu, ' ')
    .trim();
}
