/** What ends a program from outside: Ctrl-C, whoever manages processes, a terminal that is closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Calls `heard` for each of them as long as `work` goes on, in place of dying. */
export async function whileHearing<T>(heard: (signal: NodeJS.Signals) => void, work: () => Promise<T>): Promise<T> {
  for (const signal of SIGNALS) process.on(signal, heard);
  try {
    return await work();
  } finally {
    for (const signal of SIGNALS) process.off(signal, heard);
  }
}
