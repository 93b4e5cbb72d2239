import type { Pool, PoolClient } from 'pg';
import type {
  Backend,
  ByteRange,
  ListedObject,
  LockedObject,
  ObjectFacts,
  ObjectFile,
  ObjectLocks,
  ObjectSource,
} from '../../../src/vault/backend/backend.js';
import type { Connections } from '../../../src/vault/catalogue/postgres/connections.js';

/** What changes something: there is a step after it as well as one before. */
const WRITES = /^\s*(INSERT|UPDATE|DELETE|COMMIT|WITH|TRUNCATE)/i;

/** Counts the steps of an operation, and kills this process at one of them. */
export class DeadlySteps {
  private passed = 0;
  private armed = false;

  /** Counting begins with `arm()`. */
  constructor(private readonly nth: number) {}

  arm(): void {
    this.armed = true;
  }

  readonly step = (): void => {
    if (!this.armed) return;
    this.passed += 1;
    if (this.passed === this.nth) process.kill(process.pid, 'SIGKILL');
  };
}

/** A step before each call, one after each that changes something, and one at each buffer that is stored. */
export class DeadlyBackend implements Backend {
  constructor(
    private readonly inner: Backend,
    private readonly step: () => void,
  ) {}

  async put(key: string, { bytes, open }: ObjectSource): Promise<void> {
    const { step } = this;
    step();
    const stepping = async function* (): AsyncGenerator<Buffer> {
      for await (const buffer of open()) {
        // In two halves, so that there is a moment at which one of them lies on the disk.
        yield buffer.subarray(0, buffer.length >> 1);
        step();
        yield buffer.subarray(buffer.length >> 1);
      }
    };
    await this.inner.put(key, { bytes, open: stepping });
    step();
  }

  async replace(key: string, bytes: Buffer): Promise<void> {
    this.step();
    await this.inner.replace(key, bytes);
    this.step();
  }

  read(key: string, range?: ByteRange): Promise<Buffer> {
    this.step();
    return this.inner.read(key, range);
  }

  openFile(key: string): Promise<ObjectFile | null> {
    this.step();
    return this.inner.openFile(key);
  }

  stream(key: string, offset?: number): AsyncIterable<Buffer> {
    this.step();
    return this.inner.stream(key, offset);
  }

  stat(key: string): Promise<ObjectFacts | null> {
    this.step();
    return this.inner.stat(key);
  }

  list(prefix: string, after?: string): AsyncIterable<ListedObject> {
    this.step();
    return this.inner.list(prefix, after);
  }

  async delete(keys: readonly string[]): Promise<readonly LockedObject[]> {
    this.step();
    const locked = await this.inner.delete(keys);
    this.step();
    return locked;
  }

  get locks(): ObjectLocks | null {
    const { locks } = this.inner;
    if (locks === null) return null;
    return {
      days: locks.days,
      prove: () => locks.prove(),
      lock: async (key, until) => {
        this.step();
        await locks.lock(key, until);
        this.step();
      },
      lockedUntil: (key) => locks.lockedUntil(key),
    };
  }

  removeUnfinished(olderThan: Date, isOurs: (key: string) => boolean): Promise<number> {
    this.step();
    return this.inner.removeUnfinished(olderThan, isOurs);
  }
}

/** A step before each statement, one when it has been sent and nothing was answered, and one after each that writes. */
export function deadlyConnections(pool: Pool, step: () => void): Connections {
  const stepping = async (statement: unknown, send: () => unknown): Promise<unknown> => {
    const text = typeof statement === 'string' ? statement : (statement as { text: string }).text;
    step();
    const answer = send();
    if (!WRITES.test(text)) return await answer;
    step();
    const result = await answer;
    step();
    return result;
  };
  const connect = async (): Promise<PoolClient> => {
    const client = await pool.connect();
    return new Proxy(client, {
      get(target, name) {
        if (name === 'query') return (...values: [string]) => stepping(values[0], () => target.query(...values));
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  const query = (...values: [string]): unknown => stepping(values[0], () => pool.query(...values));
  return { connect, query } as unknown as Connections;
}
