/**
 * SQL: nothing in the queue is about the row with this `id` (an expression), neither waiting nor running, nor being given up. $1 is the
 * name of the kind of job, `dataKey` that of the id in its data.
 */
export function withoutJob(id: string, dataKey: string): string {
  return `NOT EXISTS (
    SELECT FROM jobs.job j
     WHERE j.state::text IN ('created', 'retry', 'active') AND (j.name = $1 OR j.name LIKE $1 || '/%' OR j.name LIKE $1 || '.%')
       AND j.data ->> '${dataKey}' = ${id}::text)`;
}
