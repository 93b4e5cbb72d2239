import { describe, expect, it } from 'vitest';
import { Contract } from './contract.js';
import type { OperationObject } from './openapi-document.js';
import { operationsOf } from './operation.js';

const { document } = Contract.load();

/** The contract's own operation, with something said of its end. */
function farewellOf(said: Partial<OperationObject>): Readonly<Record<string, string>> {
  const item = document.paths['/api/v1/projects']!;
  const paths = { '/api/v1/projects': { ...item, get: { ...item.get!, ...said } } };
  return operationsOf({ ...document, paths }).find(({ id }) => id === 'projectList')!.farewell;
}

describe('an operation', () => {
  it('that stays says nothing of its end', () => {
    expect(farewellOf({})).toEqual({});
    expect(farewellOf({ 'x-sunset': '2027-06-01' })).toEqual({});
  });

  it('that is deprecated says since when, and when it will be gone', () => {
    expect(farewellOf({ deprecated: true, 'x-deprecated-since': '2026-11-29' })).toEqual({
      Deprecation: '@1795910400',
    });
    expect(farewellOf({ deprecated: true, 'x-deprecated-since': '2026-11-29', 'x-sunset': '2027-06-01' })).toEqual({
      Deprecation: '@1795910400',
      Sunset: 'Tue, 01 Jun 2027 00:00:00 GMT',
    });
  });

  it('that is deprecated without a date, or with none that there is, stops the start', () => {
    expect(() => farewellOf({ deprecated: true })).toThrow('does not say since when projectList is deprecated');
    expect(() => farewellOf({ deprecated: true, 'x-deprecated-since': 'soon' })).toThrow('says soon at projectList');
  });
});
