/** Grey where something will be. Screen readers are told once. */
export function Loading({ what, rows = 3 }: { what: string; rows?: number }) {
  return (
    <div role="status" className="flex flex-col gap-3">
      <span className="sr-only">Loading {what}…</span>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} aria-hidden className="h-10 animate-pulse rounded-box bg-sunken" />
      ))}
    </div>
  );
}
