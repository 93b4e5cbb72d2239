/** What an ordinary test run has time for. */
export const SHORT = { requests: 250, rounds: 1, places: 4, patienceSeconds: 4 };
