import { Monitor, Moon, Sun } from 'lucide-react';
import { WithTooltip } from '../ui/tooltip.js';
import { chooseTheme, useTheme, type Theme } from './theme.js';

const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const LOOKS = {
  system: { icon: Monitor, label: 'Colours: as the system' },
  light: { icon: Sun, label: 'Colours: light' },
  dark: { icon: Moon, label: 'Colours: dark' },
};

export function ThemeChoice() {
  const theme = useTheme();
  const { icon: Icon, label } = LOOKS[theme];
  return (
    <WithTooltip text={label}>
      <button
        type="button"
        onClick={() => chooseTheme(NEXT[theme])}
        aria-label={label}
        className="rounded-small p-2 text-soft hover:text-ink"
      >
        <Icon aria-hidden className="size-5" />
      </button>
    </WithTooltip>
  );
}
