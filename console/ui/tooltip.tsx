import { Tooltip } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';

const DELAY_MS = 250;

export function TooltipRoom({ children }: { children: ReactNode }) {
  return <Tooltip.Provider delayDuration={DELAY_MS}>{children}</Tooltip.Provider>;
}

/** @param children one element that can be focused, so that the keyboard gets to the text too */
export function WithTooltip({ text, children }: { text: ReactNode; children: ReactElement }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-xs rounded-small bg-ink px-3 py-2 text-sm text-ground shadow-lg"
        >
          {text}
          <Tooltip.Arrow className="fill-ink" />
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
