/**
 * Of a budget above the least one so much is kept back, for what is in flight and cannot be counted: copies on their way
 * between threads, what threads and compressors need for themselves, buffers that have not been collected yet.
 */
const MOST_UNCOUNTED_BYTES = 80 * 1024 * 1024;
const LEAST_BUDGET_BYTES = 160 * 1024 * 1024;

/** The share of the rest for pieces that are being read; the pipeline has what remains. */
const READING_SHARE = 0.25;

/** How the memory of one capture is shared out. Together it is never more than the budget. */
export function shareBudget(budgetBytes: number): { readingBytes: number; pipelineBytes: number } {
  const uncounted = Math.max(0, Math.min(MOST_UNCOUNTED_BYTES, budgetBytes - LEAST_BUDGET_BYTES));
  const counted = budgetBytes - uncounted;
  const readingBytes = Math.floor(counted * READING_SHARE);
  return { readingBytes, pipelineBytes: counted - readingBytes };
}
