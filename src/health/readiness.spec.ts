import { describe, expect, it } from 'vitest';
import { Readiness } from './readiness.js';

const works = async (): Promise<void> => {};
const fails = async (): Promise<void> => {
  throw new Error('connection refused');
};

describe('Readiness', () => {
  it('names what is up and what is down', async () => {
    const readiness = new Readiness({ database: works, vault: fails });
    await expect(readiness.look()).resolves.toEqual({ up: ['database'], down: ['vault'] });
  });

  it('takes what hangs as down, asks it once, and takes it as up when it answers again', async () => {
    let asked = 0;
    const hanging = Promise.withResolvers<void>();
    const database = async (): Promise<void> => {
      asked += 1;
      await hanging.promise;
    };
    const readiness = new Readiness({ database }, { timeoutMs: 20, freshMs: 0 });
    const looks = await Promise.all([readiness.look(), readiness.look()]);
    expect(looks).toEqual([
      { up: [], down: ['database'] },
      { up: [], down: ['database'] },
    ]);
    expect(asked).toBe(1);
    hanging.resolve();
    await expect(readiness.look()).resolves.toEqual({ up: ['database'], down: [] });
    await expect(readiness.look()).resolves.toEqual({ up: ['database'], down: [] });
    expect(asked).toBe(2);
  });

  it('asks again after a check that threw at once', async () => {
    let broken = true;
    const database = (): Promise<void> => {
      if (broken) throw new Error('not initialised');
      return works();
    };
    const readiness = new Readiness({ database }, { freshMs: 0 });
    await expect(readiness.look()).resolves.toEqual({ up: [], down: ['database'] });
    broken = false;
    await expect(readiness.look()).resolves.toEqual({ up: ['database'], down: [] });
  });

  it.each([
    ['works', works],
    ['fails', fails],
  ])('asks what %s once, for everybody who asks meanwhile and shortly after', async (_, check) => {
    let asked = 0;
    let now = 0;
    const database = (): Promise<void> => {
      asked += 1;
      return check();
    };
    const readiness = new Readiness({ database }, { freshMs: 100, now: () => now });
    const [first] = await Promise.all([readiness.look(), readiness.look()]);
    now = 99;
    await expect(readiness.look()).resolves.toEqual(first);
    expect(asked).toBe(1);
    now = 100;
    await readiness.look();
    expect(asked).toBe(2);
  });
});
