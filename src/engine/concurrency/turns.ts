import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long work goes on before it lets others have their turn: far less than what a heartbeat may be late. */
const TURN_MS = 20;

/**
 * For loops that wait for nothing, over as many things as a database may have: called between two of them, it now and
 * then lets timers, sockets and other work of this process go first.
 */
export class Turns {
  private until = performance.now() + TURN_MS;

  async pass(): Promise<void> {
    if (performance.now() < this.until) return;
    await nextTurn();
    this.until = performance.now() + TURN_MS;
  }
}

/** The items, some at a time, with a turn for others after each of those lists. */
export async function* inTurns<T>(items: readonly T[], size: number): AsyncIterable<readonly T[]> {
  const turns = new Turns();
  for (let at = 0; at < items.length; at += size) {
    yield items.slice(at, at + size);
    await turns.pass();
  }
}
