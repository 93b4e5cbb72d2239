import { useEffect, useState } from 'react';
import { useTheme } from '../app/theme.js';

export type ColourToken = 'accent' | 'accent-soft' | 'info' | 'soft' | 'line' | 'edge' | 'ink';

/** A colour of the style sheet as what is drawn on a canvas can be told: it knows no variables, and not whether it is dark. */
export function tokenColour(within: HTMLElement, token: ColourToken): string {
  const probe = document.createElement('span');
  probe.style.color = `var(--color-${token})`;
  within.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Changes whenever colours do: by a choice, or with the system. */
export function useColourScheme(): string {
  const theme = useTheme();
  const [isDark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: dark)');
    const change = () => setDark(system.matches);
    system.addEventListener('change', change);
    return () => system.removeEventListener('change', change);
  }, []);
  return `${theme} ${isDark}`;
}
