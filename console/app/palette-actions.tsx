import { createContext, useContext, useEffect, useId, useMemo, type ReactNode } from 'react';

/** What the page one is on can do, for the palette. */
export interface PaletteAction {
  label: string;
  run: () => void;
  /** Why it cannot be done now. */
  reason?: string | undefined;
}

type Offered = Map<string, readonly PaletteAction[]>;

const Actions = createContext<Offered>(new Map());

export function PaletteActions({ children }: { children: ReactNode }) {
  // Looked at when the palette is drawn: nothing has to be drawn again because a page offers something else.
  const offered = useMemo<Offered>(() => new Map(), []);
  return <Actions value={offered}>{children}</Actions>;
}

/**
 * Offers actions in the palette as long as the component is there.
 *
 * @example usePaletteActions([{ label: 'Take a snapshot', run: open, reason: whyNot('snapshots:write') }]);
 */
export function usePaletteActions(actions: readonly PaletteAction[]): void {
  const offered = useContext(Actions);
  const id = useId();
  useEffect(() => {
    offered.set(id, actions);
    return () => void offered.delete(id);
  }, [offered, id, actions]);
}

export function useOfferedActions(): readonly PaletteAction[] {
  return [...useContext(Actions).values()].flat();
}
