import { useId, type ReactNode } from 'react';

interface CardProps {
  title: ReactNode;
  /** Beside the title. */
  aside?: ReactNode;
  /** A table or a list reaches to the edges. */
  flush?: boolean;
  children: ReactNode;
}

/** A part of a page, with a heading by which it is found. */
export function Card({ title, aside, flush = false, children }: CardProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="min-w-0 rounded-box border bg-surface">
      <div className="flex flex-wrap items-center justify-between gap-2 px-4 pt-4 pb-3">
        <h2 id={id} className="text-base">
          {title}
        </h2>
        {aside}
      </div>
      <div className={flush ? 'overflow-hidden rounded-b-box' : 'px-4 pb-4'}>{children}</div>
    </section>
  );
}
