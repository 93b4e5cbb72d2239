import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sourceOf } from '../../src/vault/backend/object-source.js';
import { collect } from './content.js';
import type { LockingSubject } from './subject.js';

/** Long enough for what is done meanwhile, and to be waited for. */
const SHORT_MS = 2_000;

const inFuture = (ms: number) => new Date(Date.now() + ms);
const HOUR_MS = 60 * 60_000;

/** Holds a backend that locks objects to what `ObjectLocks` promises, beside what `describePromises` holds it to. */
export function describeLocking(name: string, open: () => Promise<LockingSubject>): void {
  describe(`${name} keeps the promises of locks`, () => {
    let subject: LockingSubject;
    const bytes = Buffer.from('what is locked');

    beforeAll(async () => {
      subject = await open();
    });

    afterAll(async () => {
      await subject?.close();
    });

    it('says that it can', async () => {
      await expect(subject.locks.prove()).resolves.toBeUndefined();
    });

    it('removes no object that is locked, says until when, and removes the others', async () => {
      const { backend, locks } = subject;
      for (const key of ['some/free', 'some/held']) await backend.put(key, sourceOf(bytes));
      const until = inFuture(SHORT_MS);
      await locks.lock('some/held', until);
      const held = await locks.lockedUntil('some/held');
      expect(held?.getTime()).toBeGreaterThanOrEqual(until.getTime());
      expect(await locks.lockedUntil('some/free')).toBeNull();
      expect(await backend.delete(['some/held', 'some/free', 'some/absent'])).toEqual([
        { key: 'some/held', until: held },
      ]);
      expect((await collect(backend.list('some/'))).map(({ key }) => key)).toEqual(['some/held']);
      expect((await backend.read('some/held')).equals(bytes)).toBe(true);
      await pause(Math.max(0, (held?.getTime() ?? 0) - Date.now()) + 100);
      expect(await backend.delete(['some/held'])).toEqual([]);
      expect(await backend.stat('some/held')).toBeNull();
      expect(await subject.versionsOf('some/held')).toBe(0);
    });

    it('lengthens a lock and never shortens it', async () => {
      const { backend, locks } = subject;
      await backend.put('longer', sourceOf(bytes));
      await locks.lock('longer', inFuture(HOUR_MS));
      const later = inFuture(2 * HOUR_MS);
      await locks.lock('longer', later);
      await Promise.all([0, 1, 2].map((hours) => locks.lock('longer', inFuture((hours + 1) * HOUR_MS - HOUR_MS / 2))));
      const held = await locks.lockedUntil('longer');
      expect(held?.getTime()).toBeGreaterThanOrEqual(inFuture(2.4 * HOUR_MS).getTime());
      await locks.lock('longer', later);
      expect(await locks.lockedUntil('longer')).toEqual(held);
    });

    it('says that what is not there is missing', async () => {
      const { backend, locks } = subject;
      await expect(locks.lock('nowhere', inFuture(HOUR_MS))).rejects.toMatchObject({ code: 'missing' });
      expect(await locks.lockedUntil('nowhere')).toBeNull();
      await backend.put('gone', sourceOf(bytes));
      await backend.delete(['gone']);
      await expect(locks.lock('gone', inFuture(HOUR_MS))).rejects.toMatchObject({ code: 'missing' });
    });

    it('leaves nothing of what was replaced or stored again', async () => {
      const { backend } = subject;
      await backend.put('again', sourceOf(bytes));
      for (const text of ['second', 'third']) await backend.replace('again', Buffer.from(text));
      expect((await backend.read('again')).toString()).toBe('third');
      expect(await subject.versionsOf('again')).toBeGreaterThan(1);
      await backend.put('again-longer', sourceOf(bytes));
      expect(await backend.delete(['again'])).toEqual([]);
      expect(await subject.versionsOf('again')).toBe(0);
      expect((await backend.read('again-longer')).equals(bytes)).toBe(true);
    });

    it('replaces what is locked, and keeps what was there', async () => {
      const { backend, locks } = subject;
      await backend.put('replaced', sourceOf(bytes));
      await locks.lock('replaced', inFuture(HOUR_MS));
      await backend.replace('replaced', Buffer.from('newer'));
      expect((await backend.read('replaced')).toString()).toBe('newer');
      expect((await backend.delete(['replaced'])).map(({ key }) => key)).toEqual(['replaced']);
      // What hid it was not locked.
      expect((await backend.read('replaced')).equals(bytes)).toBe(true);
    });
  });
}
