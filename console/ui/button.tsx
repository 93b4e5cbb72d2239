import { cva, type VariantProps } from 'class-variance-authority';
import type { ComponentProps } from 'react';
import { WithTooltip } from './tooltip.js';

export const buttonLook = cva(
  'inline-flex items-center justify-center gap-2 rounded-small font-medium whitespace-nowrap transition-colors aria-disabled:cursor-not-allowed aria-disabled:opacity-55 disabled:cursor-not-allowed disabled:opacity-55',
  {
    variants: {
      look: {
        primary: 'bg-accent text-on-accent not-aria-disabled:hover:bg-accent-strong',
        plain: 'border border-edge/60 bg-surface text-ink not-aria-disabled:hover:bg-sunken',
        quiet: 'text-soft not-aria-disabled:hover:bg-sunken not-aria-disabled:hover:text-ink',
        danger: 'border border-bad/60 bg-surface text-bad not-aria-disabled:hover:bg-bad-soft',
      },
      size: { normal: 'min-h-10 px-4 text-sm', small: 'min-h-8 px-3 text-sm', icon: 'size-9 p-0', tiny: 'size-7 p-0' },
    },
    defaultVariants: { look: 'plain', size: 'normal' },
  },
);

interface ButtonProps extends Omit<ComponentProps<'button'>, 'disabled'>, VariantProps<typeof buttonLook> {
  /**
   * Why it cannot be pressed now. It stays where the keyboard finds it, and says so: who wonders why something is grey wants to know, and a
   * disabled button tells nobody.
   */
  reason?: string | undefined;
  /** Something that was pressed is under way. */
  busy?: boolean;
}

export function Button({ look, size, reason, busy = false, className, onClick, children, ...rest }: ButtonProps) {
  const isOff = reason !== undefined || busy;
  const button = (
    <button
      type="button"
      {...rest}
      className={buttonLook({ look, size, className })}
      aria-disabled={isOff || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => (isOff ? event.preventDefault() : onClick?.(event))}
    >
      {children}
    </button>
  );
  return reason === undefined ? button : <WithTooltip text={reason}>{button}</WithTooltip>;
}
