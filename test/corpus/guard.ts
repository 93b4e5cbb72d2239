import { spawn } from 'node:child_process';

const REMOVE_WHEN_ALONE = `
  trap '' INT TERM HUP
  cat >/dev/null
  for attempt in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- "$1" && exit 0; sleep 0.5; done
`;

/**
 * Removes the directory when this process ends, however it does: what waits is another process, for the end of a pipe
 * that only ours holds open. It tries for a few seconds, because servers that die with us write a moment longer.
 */
export function removeWhenWeEnd(directory: string): void {
  const guard = spawn('sh', ['-c', REMOVE_WHEN_ALONE, 'sh', directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.on('error', () => undefined);
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
}
