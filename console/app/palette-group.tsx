import { Command } from 'cmdk';

export interface PaletteItem {
  /** One of its group. */
  id: string;
  label: string;
  /** In a word or two, beside it. */
  about?: string;
  run: () => void;
  /** Why it cannot be chosen. */
  reason?: string | undefined;
}

interface PaletteGroupProps {
  heading: string;
  items: readonly PaletteItem[];
  choose: (run: () => void) => void;
}

export function PaletteGroup({ heading, items, choose }: PaletteGroupProps) {
  if (items.length === 0) return null;
  return (
    <Command.Group
      heading={heading}
      className="mb-1 [&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-soft"
    >
      {items.map(({ id, label, about, run, reason }) => (
        <Command.Item
          key={id}
          value={`${heading} ${id}`}
          disabled={reason !== undefined}
          onSelect={() => choose(run)}
          className="flex cursor-pointer items-baseline justify-between gap-4 rounded-small px-3 py-2 text-sm data-[disabled=true]:cursor-not-allowed data-[selected=true]:bg-accent-soft data-[selected=true]:text-accent"
        >
          <span className={`min-w-0 wrap-anywhere ${reason === undefined ? '' : 'text-soft'}`}>{label}</span>
          {(reason ?? about) !== undefined && (
            <span className="max-w-[60%] shrink-0 text-right text-xs text-soft">{reason ?? about}</span>
          )}
        </Command.Item>
      ))}
    </Command.Group>
  );
}
