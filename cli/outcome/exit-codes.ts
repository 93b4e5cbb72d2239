/** What the program exits with. They are documented in cli/README.md and in `snapback --help`; scripts rely on them. */
export const EXIT = {
  done: 0,
  /** Of comparisons alone, and only when asked for. */
  different: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  failed: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
