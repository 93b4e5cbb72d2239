/** How many rows the standard environment has. */
export interface DatabaseSize {
  /** Of pgbench's own tables: 100,000 accounts each. */
  pgbenchScale: number;
  customers: number;
  orderLines: number;
}

const STANDARD = { pgbenchScale: 25, customers: 300_000, orderLines: 2_500_000 } as const;

/** About 1 GB on disk at scale 1. */
export function databaseSize(scale: number): DatabaseSize {
  return {
    pgbenchScale: Math.max(1, Math.round(STANDARD.pgbenchScale * scale)),
    customers: Math.max(100, Math.round(STANDARD.customers * scale)),
    orderLines: Math.max(1000, Math.round(STANDARD.orderLines * scale)),
  };
}
