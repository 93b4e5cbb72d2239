import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import { useRef, type ReactNode } from 'react';
import { buttonLook } from './button.js';

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** A sentence below the title. */
  about?: ReactNode;
  children: ReactNode;
  /** Whether it may be left without an answer. */
  closable?: boolean;
}

/** On a phone it comes from below and is as wide as the screen. What in it has `data-first-focus` is where one begins; otherwise the way out is. */
export function Dialog({ open, onClose, title, about, children, closable = true }: DialogProps) {
  const stay = (event: Event) => closable || event.preventDefault();
  const content = useRef<HTMLDivElement>(null);
  const opener = useRef<Element>(null);
  const focusFirst = (event: Event) => {
    opener.current = document.activeElement;
    const first = content.current?.querySelector<HTMLElement>('[data-first-focus]');
    if (first === null || first === undefined) return;
    event.preventDefault();
    first.focus();
  };
  // Whoever leaves goes on where they came from; what has opened it may be gone with what was done.
  const giveBack = (event: Event) => {
    event.preventDefault();
    const { current } = opener;
    const target = current?.isConnected === true ? current : document.querySelector('h1');
    if (target instanceof HTMLElement) target.focus({ preventScroll: true });
  };
  return (
    <Radix.Root open={open} onOpenChange={(isOpen) => !isOpen && closable && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-veil" />
        <Radix.Content
          ref={content}
          onOpenAutoFocus={focusFirst}
          onCloseAutoFocus={giveBack}
          onEscapeKeyDown={stay}
          onPointerDownOutside={stay}
          {...(about === undefined && { 'aria-describedby': undefined })}
          className="fixed inset-x-0 bottom-0 z-50 max-h-[90dvh] overflow-y-auto rounded-t-box border bg-surface p-5 shadow-xl outline-none sm:inset-auto sm:top-1/2 sm:left-1/2 sm:w-[min(36rem,92vw)] sm:-translate-1/2 sm:rounded-box"
        >
          <div className="flex items-start justify-between gap-4">
            <Radix.Title className="text-lg">{title}</Radix.Title>
            {closable && (
              <Radix.Close aria-label="Close" className={buttonLook({ look: 'quiet', size: 'icon' })}>
                <X aria-hidden className="size-5" />
              </Radix.Close>
            )}
          </div>
          {about !== undefined && <Radix.Description className="mt-1 text-sm text-soft">{about}</Radix.Description>}
          <div className="mt-4 flex flex-col gap-4">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
