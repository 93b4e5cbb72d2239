import { describe, expect, it } from 'vitest';
import { newRequestId, requestIdFrom } from './request-ids.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('the id of a request', () => {
  it.each(['a', '0198c4a2-6f3e-7d11-9f0a-3b1f6f0d5a11', 'Root=1-67891233:abc/def+g=@~._', 'x'.repeat(128)])(
    'is the one that it brings along: %s',
    (sent) => expect(requestIdFrom(sent)).toBe(sent),
  );

  it.each([
    undefined,
    '',
    'x'.repeat(129),
    'two words',
    'one, two',
    'a\r\nSet-Cookie: b',
    'a\nb',
    'ä',
    '"quoted"',
    '<script>',
    '$(reboot)',
    "'; DROP TABLE audit_entries; --",
    ['a', 'b'],
  ])('is a new one when it brings none, or what is none: %j', (sent) => {
    const id = requestIdFrom(sent);
    expect(id).toMatch(UUID);
    expect(id).not.toBe(sent);
  });

  it('is never the same twice', () => {
    expect(new Set(Array.from({ length: 100 }, newRequestId)).size).toBe(100);
  });
});
