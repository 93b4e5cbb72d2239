import type { Relation } from './relation.js';

export interface StoredView extends Relation {
  oid: number;
  isPopulated: boolean;
}

export interface ViewOrder {
  /** Each after all that it stands on. */
  refreshable: Relation[];
  /** Had rows, and stand on one that had none: a refresh would fail. */
  stranded: Relation[];
}

/**
 * `uses` are the pairs of a view and one it reads, both by oid, ordinary views included. PostgreSQL knows no circles
 * between materialised views; one through a function is broken where it is met.
 */
export function orderViews(views: readonly StoredView[], uses: readonly { view: number; uses: number }[]): ViewOrder {
  const stored = new Map(views.map((view) => [view.oid, view]));
  const usedBy = Map.groupBy(uses, ({ view }) => view);
  const canRefresh = new Map<number, boolean>();
  const order: ViewOrder = { refreshable: [], stranded: [] };

  const visit = (oid: number): boolean => {
    const known = canRefresh.get(oid);
    if (known !== undefined) return known;
    canRefresh.set(oid, true);
    // All of them, not only up to the first that cannot.
    const parts = (usedBy.get(oid) ?? []).map(({ uses }) => visit(uses));
    const view = stored.get(oid);
    const able = parts.every(Boolean) && (view?.isPopulated ?? true);
    canRefresh.set(oid, able);
    if (view?.isPopulated) {
      order[able ? 'refreshable' : 'stranded'].push({ schema: view.schema, name: view.name });
    }
    return able;
  };
  for (const { oid } of views) visit(oid);
  return order;
}
