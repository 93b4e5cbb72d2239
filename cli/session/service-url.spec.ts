import { describe, expect, it } from 'vitest';
import { EXIT } from '../outcome/exit-codes.js';
import { isLoopback, serviceUrl } from './service-url.js';

describe('the address of a service', () => {
  it.each([
    ['https://snapback.internal', 'https://snapback.internal'],
    ['https://snapback.internal/', 'https://snapback.internal'],
    ['HTTPS://Snapback.Internal:443//', 'https://snapback.internal'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['https://proxy.internal/snapback/', 'https://proxy.internal/snapback'],
    ['https://snapback.internal/api/v1', 'https://snapback.internal'],
    ['https://proxy.internal/snapback/api/v1/', 'https://proxy.internal/snapback'],
    ['https://snapback.internal/docs', 'https://snapback.internal'],
    ['https://snapback.internal/mydocs', 'https://snapback.internal/mydocs'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
  ])('%s is %s', (text, url) => {
    expect(serviceUrl(text)).toBe(url);
  });

  it.each([
    ...['', 'snapback.internal', 'localhost:3000', '/srv/snapback', 'ftp://snapback.internal', 'file:///etc/passwd'],
    ...['https://', 'https://user@snapback.internal', 'https://user:word@snapback.internal'],
    ...['https://snapback.internal/?token=x', 'https://snapback.internal/#top'],
  ])('is not %j', (text) => {
    expect(() => serviceUrl(text)).toThrow(expect.objectContaining({ exitCode: EXIT.usage }));
  });

  it.each([
    ['http://localhost:1', true],
    ['http://127.1.2.3', true],
    ['http://[::1]', true],
    ['http://127.0.0.1.example.org', false],
    ['http://localhost.example.org', false],
    ['http://10.0.0.1', false],
  ])('%s is within this machine: %s', (url, is) => {
    expect(isLoopback(new URL(url))).toBe(is);
  });
});
