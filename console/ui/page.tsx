import { useLocation } from '@tanstack/react-router';
import { useEffect, useRef, type ReactNode } from 'react';

interface PageProps {
  /** The heading, and what the tab of the browser is called. */
  title: string;
  /** Above the title: where in Snapback this is. */
  path?: ReactNode;
  /** Beside the title: states in a word. */
  badges?: ReactNode;
  /** One sentence that answers what somebody came for. */
  answer?: ReactNode;
  actions?: ReactNode;
  children?: ReactNode;
}

export function Page({ title, path, badges, answer, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const pathname = useLocation({ select: (place) => place.pathname });
  useEffect(() => {
    document.title = `${title} · Snapback`;
  }, [title]);
  // A screen reader is told that another page is there. That one is called otherwise by now, after a choice in it, takes the focus from nobody.
  const toldOf = useRef<string>(undefined);
  useEffect(() => {
    if (toldOf.current === pathname) return;
    toldOf.current = pathname;
    heading.current?.focus({ preventScroll: true });
  }, [pathname]);
  return (
    <div className="flex flex-col gap-6">
      <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0 max-w-3xl">
          {path !== undefined && (
            <nav aria-label="Where this is" className="mb-1 text-sm wrap-anywhere text-soft">
              {path}
            </nav>
          )}
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h1 ref={heading} tabIndex={-1} className="text-2xl tracking-tight outline-none">
              {title}
            </h1>
            {badges}
          </div>
          {answer !== undefined && <p className="mt-1 text-soft">{answer}</p>}
        </div>
        {actions !== undefined && <div className="flex flex-wrap items-center gap-2 print:hidden">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
