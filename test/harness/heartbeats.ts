/**
 * Makes the last signs of life of all jobs at work so old that their workers count as lost, for tests of what comes after that: nobody
 * waits for the seconds themselves, which `worker-killed-in-capture.test.ts` does. For a moment at which none of those workers lives.
 */
export const LAPSED_HEARTBEATS = `UPDATE jobs.job SET heartbeat_on = heartbeat_on - make_interval(secs => heartbeat_seconds) WHERE state = 'active'`;
