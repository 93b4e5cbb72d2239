/** The share of a capture's memory for pieces that are being read; the pipeline has the rest. */
const READING_SHARE = 0.25;
/** More than this would only wait for the pipeline. */
const MOST_READING_BYTES = 32 * 1024 * 1024;

/** How the memory of one capture is shared out. Together it is never more than the budget. */
export function shareBudget(budgetBytes: number): { readingBytes: number; pipelineBytes: number } {
  const share = Math.floor(budgetBytes * READING_SHARE);
  return { readingBytes: Math.min(share, MOST_READING_BYTES), pipelineBytes: budgetBytes - share };
}
