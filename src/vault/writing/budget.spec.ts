import { describe, expect, it } from 'vitest';
import { Budget } from './budget.js';

/** Lets everything happen that need not wait for anything else. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a budget', () => {
  it('makes those wait who ask for more than is free, and serves them in the order of asking', async () => {
    const budget = new Budget(10);
    const first = await budget.reserve(6);
    const served: string[] = [];
    const large = budget.reserve(8).then((reservation) => {
      served.push('large');
      return reservation;
    });
    const small = budget.reserve(1).then(() => served.push('small'));
    await settle();
    expect(served).toEqual([]);
    first.release();
    first.release();
    await small;
    expect(served).toEqual(['large', 'small']);
    (await large).release();
    await budget.reserve(9);
  });

  it('gives back at once what a reservation shrinks by', async () => {
    const budget = new Budget(10);
    const first = await budget.reserve(10);
    first.shrinkTo(3);
    first.shrinkTo(9);
    const second = await budget.reserve(7);
    let third = false;
    void budget.reserve(1).then(() => (third = true));
    await settle();
    expect(third).toBe(false);
    second.release();
    await settle();
    expect(third).toBe(true);
  });

  it('counts what was taken beyond what was asked for, until it is given back', async () => {
    const budget = new Budget(10);
    const first = await budget.reserve(1);
    first.growTo(25);
    let served = false;
    const second = budget.reserve(1).then(() => (served = true));
    first.shrinkTo(10);
    await settle();
    expect(served).toBe(false);
    first.release();
    first.growTo(25);
    await second;
    await budget.reserve(9);
  });

  it('lets through, alone, what is larger than itself', async () => {
    const budget = new Budget(10);
    expect(await budget.using(1000, async () => 'done')).toBe('done');
    await expect(budget.using(1000, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    await budget.reserve(10);
  });
});
