/** What a thread is started with. */
export interface ThreadStart {
  /** One `Wish`, read in the middle of the work. */
  wish: SharedArrayBuffer;
  start: unknown;
}

export const Wish = { work: 0, hurry: 1, end: 2 } as const;

/** The last message to a thread. */
export const END = 'end';
