import { chooseTheme, useTheme, type Theme } from '../app/theme.js';

const THEMES: readonly (readonly [Theme, string])[] = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

/** Kept in this browser, and known to its other tabs at once. */
export function ThemeRadios() {
  const theme = useTheme();
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-2 text-sm font-medium">Colours</legend>
      <div className="flex flex-wrap gap-x-6 gap-y-2">
        {THEMES.map(([value, label]) => (
          <label key={value} className="flex min-h-8 items-center gap-2 text-sm">
            <input
              type="radio"
              name="colours"
              className="size-4 accent-accent"
              checked={theme === value}
              onChange={() => chooseTheme(value)}
            />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
