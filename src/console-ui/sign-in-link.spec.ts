import { describe, expect, it } from 'vitest';
import { SignInLink } from './sign-in-link.js';

const DAY_MS = 24 * 60 * 60 * 1000;

function links() {
  const told: string[] = [];
  const time = { now: 1_000_000 };
  return {
    told,
    time,
    link: new SignInLink(
      (code) => told.push(code),
      () => time.now,
    ),
  };
}

describe('a link that signs in', () => {
  it('is there when it was made, and not before', () => {
    const { told, link } = links();
    expect(link.redeem('')).toBe(false);
    link.renew();
    expect(told).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
  });

  it('is good once, and then there is another one', () => {
    const { told, link } = links();
    link.renew();
    expect(link.redeem(told[0]!)).toBe(true);
    expect(link.redeem(told[0]!)).toBe(false);
    expect(told).toHaveLength(2);
    expect(link.redeem(told[1]!)).toBe(true);
  });

  it('is good for a day; who comes later makes the terminal show a fresh one', () => {
    const { told, time, link } = links();
    link.renew();
    time.now += DAY_MS;
    expect(link.redeem(told[0]!)).toBe(false);
    expect(link.redeem(told[1]!)).toBe(true);
    time.now += DAY_MS - 1;
    expect(link.redeem(told[2]!)).toBe(true);
  });

  it('stays what it is, and nothing is told, whoever guesses', () => {
    const { told, link } = links();
    link.renew();
    for (const guess of ['', 'x', told[0]!.slice(1), `${told[0]}x`]) expect(link.redeem(guess)).toBe(false);
    expect(told).toHaveLength(1);
  });
});
