import { expect, it } from 'vitest';
import { quoteIdentifier, quoteLiteral } from './quote.js';

// That the server reads them back as they were is tested in test/integration/engine/postgres-quote.test.ts.
it('refuses what PostgreSQL could only cut off or misread', () => {
  expect(() => quoteIdentifier('')).toThrow(TypeError);
  expect(() => quoteIdentifier('a\0b')).toThrow(TypeError);
  expect(() => quoteLiteral('a\0b')).toThrow(TypeError);
});
