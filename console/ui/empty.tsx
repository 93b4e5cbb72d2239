import type { ReactNode } from 'react';

/** There is nothing, which is no failure: what it means, and what one may do. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 rounded-box border border-dashed px-4 py-10 text-center">
      <p className="font-medium">{title}</p>
      {children !== undefined && <div className="max-w-prose text-sm text-soft">{children}</div>}
    </div>
  );
}
