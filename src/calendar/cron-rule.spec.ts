import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultOf, nextRun, runsBetween } from './cron-rule.js';

function next(cron: string, timeZone: string, from: string, most = 4): string[] {
  return runsBetween({ cron, timeZone }, new Date(from), { most }).map((at) => at.toISOString().slice(0, 16));
}

describe('the runs of a rule', () => {
  it.each([
    [
      'a time that the clocks jump over comes when they have jumped',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-03-28T12:00Z',
      ['2026-03-29T01:00', '2026-03-30T00:30', '2026-03-31T00:30', '2026-04-01T00:30'],
    ],
    [
      'a time that comes twice comes once',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-10-24T12:00Z',
      ['2026-10-25T00:30', '2026-10-26T01:30', '2026-10-27T01:30', '2026-10-28T01:30'],
    ],
    [
      'every hour is every hour as clocks are set forward',
      '0 * * * *',
      'Europe/Berlin',
      '2026-03-28T23:30Z',
      ['2026-03-29T00:00', '2026-03-29T01:00', '2026-03-29T02:00', '2026-03-29T03:00'],
    ],
    [
      'every hour is every hour as clocks are set back',
      '0 * * * *',
      'Europe/Berlin',
      '2026-10-24T23:30Z',
      ['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00', '2026-10-25T03:00'],
    ],
    [
      'clocks that are set by half an hour',
      '0 2 * * *',
      'Australia/Lord_Howe',
      '2026-04-03T20:00Z',
      ['2026-04-04T15:30', '2026-04-05T15:30', '2026-04-06T15:30', '2026-04-07T15:30'],
    ],
    [
      'clocks that are set at midnight',
      '15 0 * * *',
      'America/Sao_Paulo',
      '2018-11-02T12:00Z',
      ['2018-11-03T03:15', '2018-11-04T03:00', '2018-11-05T02:15', '2018-11-06T02:15'],
    ],
    [
      'a day that is left out',
      '0 12 * * *',
      'Pacific/Apia',
      '2011-12-28T12:00Z',
      ['2011-12-28T22:00', '2011-12-29T22:00', '2011-12-30T22:00', '2011-12-31T22:00'],
    ],
  ])('%s', (_, cron, timeZone, from, expected) => {
    expect(next(cron, timeZone, from)).toEqual(expected);
  });

  it.each([
    ['0 0 29 2 *', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['0 0 L * *', ['2026-11-30T00:00', '2026-12-31T00:00']],
    ['0 0 1 1 *', ['2027-01-01T00:00', '2028-01-01T00:00']],
    ['0 3 1 * MON', ['2026-11-30T03:00', '2026-12-01T03:00']],
    ['*/20 5 * DEC FRI#1', ['2026-12-04T05:00', '2026-12-04T05:20']],
  ])('%s', (cron, expected) => {
    expect(next(cron, 'UTC', '2026-11-29T12:00Z', 2)).toEqual(expected);
  });

  it('come one after the other, whatever the zone and however clocks are set', () => {
    const zones = fc.constantFrom('Europe/Berlin', 'America/Sao_Paulo', 'Australia/Lord_Howe', 'Asia/Tehran', 'UTC');
    const rules = fc.constantFrom('*/7 * * * *', '30 2 * * *', '0 0 * * *', '59 23 * * 0', '15 1-3 * * *');
    const days = fc.integer({ min: 0, max: 9000 });
    const inOrder = fc.property(zones, rules, days, (timeZone, cron, day) => {
      let last = new Date(Date.UTC(2005, 0, 1 + day));
      for (const at of runsBetween({ cron, timeZone }, last, { most: 5 })) {
        if (at <= last || nextRun({ cron, timeZone }, new Date(at.getTime() - 1))?.getTime() !== at.getTime())
          return false;
        last = at;
      }
      return true;
    });
    expect(fc.check(inOrder).counterexample).toBeNull();
  });
});

describe('a rule that cannot be one', () => {
  it.each([
    ['* * * * * *', 'UTC', 'cron: must have five fields'],
    ['@daily', 'UTC', 'cron: must have five fields'],
    ['0 0 * *', 'UTC', 'cron: must have five fields'],
    ['? 0 * * *', 'UTC', 'cron: must have five fields'],
    ['0  0 * * *', 'UTC', 'cron: must have five fields'],
    ['0 0 * * *\n', 'UTC', 'cron: must have five fields'],
    ['60 0 * * *', 'UTC', 'cron: cannot be read'],
    ['0 0 * * XYZ', 'UTC', 'cron: cannot be read'],
    ['*/0 0 * * *', 'UTC', 'cron: cannot be read'],
    ['0 0 31 2 *', 'UTC', 'cron: names a day that no year has'],
    ['0 0 * * *', 'Mars/Base', 'timeZone: must be a time zone'],
    ['0 0 * * *', '+02:00', 'timeZone: must be a time zone'],
    ['0 0 * * *', '', 'timeZone: must be a time zone'],
  ])('%j in %j is refused', (cron, timeZone, expected) => {
    const fault = faultOf({ cron, timeZone });
    expect(`${fault?.field}: ${fault?.message}`).toContain(expected);
  });

  it('is none of those that can', () => {
    const rules = ['0 0 * * 7', '5,10-20/5 0 * * MON-FRI', '0 0 29 2 *', '59 23 31 DEC *', '* * * * *'];
    expect(rules.map((cron) => faultOf({ cron, timeZone: 'Europe/Berlin' }))).toEqual(rules.map(() => null));
  });
});
