/** Where a Chromium is that can be run; undefined when there is none. */
export function findChromium(env?: NodeJS.ProcessEnv): string | undefined;
