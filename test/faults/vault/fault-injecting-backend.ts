import { setTimeout as pause } from 'node:timers/promises';
import type {
  Backend,
  ByteRange,
  ListedObject,
  LockedObject,
  ObjectFacts,
  ObjectLocks,
  ObjectSource,
} from '../../../src/vault/backend/backend.js';
import { BackendError, backendErrors, type BackendErrorCode } from '../../../src/vault/backend/backend-error.js';
import type { BackendOperation, Fault, FaultScript } from './planned-faults.js';

/** Fails on purpose, by a script. */
export class FaultInjectingBackend implements Backend {
  constructor(
    private readonly inner: Backend,
    readonly faults: FaultScript,
  ) {}

  /** Not a matter of these faults. */
  get locks(): ObjectLocks | null {
    return this.inner.locks;
  }

  put(key: string, object: ObjectSource): Promise<void> {
    return this.change('put', [key], async (fault) => {
      if (fault?.kind === 'lie') throw backendErrors.exists(key, object.bytes + 1, object.bytes);
      if (fault?.kind === 'break-off') {
        await drain(brokenOff(object.open(), fault.after, fault.code, key));
      }
      const open = () => altered(object.open(), object.bytes, fault);
      await this.inner.put(key, { bytes: object.bytes, open });
    });
  }

  replace(key: string, bytes: Buffer): Promise<void> {
    return this.change('replace', [key], (fault) =>
      this.inner.replace(key, fault?.kind === 'flip' ? flipped(bytes, fault.bit) : bytes),
    );
  }

  async read(key: string, range?: ByteRange): Promise<Buffer> {
    const fault = await this.meet('read', [key]);
    const bytes = await this.inner.read(key, range);
    if (fault?.kind === 'short') return bytes.subarray(0, Math.max(0, bytes.length - fault.bytes));
    return fault?.kind === 'flip' ? flipped(bytes, fault.bit) : bytes;
  }

  /** What is read of a file would meet no fault. */
  async openFile(): Promise<null> {
    return null;
  }

  async *stream(key: string, offset = 0): AsyncGenerator<Buffer> {
    const fault = await this.meet('stream', [key]);
    const stream = this.inner.stream(key, offset);
    if (fault?.kind === 'break-off') yield* brokenOff(stream, fault.after, fault.code, key);
    else if (fault === undefined) yield* stream;
    else yield* altered(stream, ((await this.inner.stat(key))?.bytes ?? offset) - offset, fault);
  }

  async stat(key: string): Promise<ObjectFacts | null> {
    const fault = await this.meet('stat', [key]);
    if (fault?.kind === 'lie') return await this.lie(key);
    return await this.inner.stat(key);
  }

  async *list(prefix: string, after?: string): AsyncGenerator<ListedObject> {
    const fault = await this.meet('list', [prefix]);
    const list = this.inner.list(prefix, after);
    yield* fault?.kind === 'break-off' ? brokenOff(list, fault.after, fault.code, prefix) : list;
  }

  async delete(keys: readonly string[]): Promise<readonly LockedObject[]> {
    let locked: readonly LockedObject[] = [];
    await this.change('delete', keys, async () => {
      locked = await this.inner.delete(keys);
    });
    return locked;
  }

  async removeUnfinished(olderThan: Date, isOurs: (key: string) => boolean): Promise<number> {
    await this.meet('removeUnfinished', []);
    return await this.inner.removeUnfinished(olderThan, isOurs);
  }

  private async lie(key: string): Promise<ObjectFacts | null> {
    return (await this.inner.stat(key)) === null ? { bytes: 1, modifiedAt: new Date(0) } : null;
  }

  private async change(
    operation: BackendOperation,
    keys: readonly string[],
    work: (fault: Fault | undefined) => Promise<void>,
  ): Promise<void> {
    const fault = await this.meet(operation, keys);
    if (fault?.kind === 'forget') return;
    await work(fault);
    if (fault?.kind === 'lose-answer') throw injected('unavailable', keys);
  }

  /** The fault of this call, after what happens before anything else is done. */
  private async meet(operation: BackendOperation, keys: readonly string[]): Promise<Fault | undefined> {
    const fault = this.faults.next(operation, keys);
    switch (fault?.kind) {
      case 'fail':
        throw injected(fault.code, keys);
      case 'time-out':
        await pause(fault.afterMs);
        throw injected('unavailable', keys);
      case 'slow':
        await pause(fault.ms);
        return fault;
      case 'hold':
        await fault.until;
        return fault;
      default:
        return fault;
    }
  }
}

async function* brokenOff<T>(
  items: AsyncIterable<T>,
  after: number,
  code: BackendErrorCode,
  key: string,
): AsyncGenerator<T> {
  let passed = 0;
  for await (const item of items) {
    if (passed === after) break;
    passed += 1;
    yield item;
  }
  throw injected(code, [key]);
}

/** The bytes with one bit flipped or the last ones missing, as the fault says. `total` is how many there are. */
async function* altered(
  buffers: AsyncIterable<Buffer>,
  total: number,
  fault: Fault | undefined,
): AsyncGenerator<Buffer> {
  const end = fault?.kind === 'short' ? Math.max(0, total - fault.bytes) : total;
  const bit = fault?.kind === 'flip' && total > 0 ? fault.bit % (total * 8) : -1;
  let at = 0;
  for await (const buffer of buffers) {
    const left = fault?.kind === 'short' ? buffer.subarray(0, Math.max(0, end - at)) : buffer;
    const here = bit - at * 8;
    at += buffer.length;
    if (left.length > 0) yield here >= 0 && here < left.length * 8 ? flipped(left, here) : left;
  }
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length === 0) return copy;
  const at = bit % (copy.length * 8);
  copy[at >> 3] = (copy[at >> 3] ?? 0) ^ (1 << (at & 7));
  return copy;
}

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

function injected(code: BackendErrorCode, keys: readonly string[]): BackendError {
  return new BackendError(code, `A fault was injected (${keys.slice(0, 3).join(', ')}).`);
}
