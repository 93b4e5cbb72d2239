import { describe, expect, it } from 'vitest';
import { problemOfUrl } from './check-url.js';

const HOSTS = ['chat.internal', '127.0.0.1', '*.example.com'];

describe('the URL of a webhook', () => {
  it.each([
    'https://hooks.example.com/T0/B0?token=x',
    'https://hooks.example.com:8443/',
    'http://chat.internal:8065/hooks/x',
    'http://127.0.0.1:1/x',
  ])('may be %s', (url) => {
    expect(problemOfUrl(url, HOSTS)).toBeNull();
  });

  it.each([
    ['http://hooks.example.com/', 'https'],
    ['https://elsewhere.net/', 'WEBHOOK_HOSTS'],
    ['https://example.com.evil.net/', 'WEBHOOK_HOSTS'],
    ['https://user:word@hooks.example.com/', 'password'],
    ['https://hooks.example.com/#x', 'fragment'],
    ['https://[::1', 'a URL'],
    ['https://127.0.0.2/', 'WEBHOOK_HOSTS'],
  ])('may not be %s', (url, why) => {
    expect(problemOfUrl(url, HOSTS)).toContain(why);
  });

  it.each(['https://127.0.0.1/', 'https://169.254.169.254/latest', 'https://2130706433/', 'https://[::ffff:7f00:1]/'])(
    'may not be %s where any host is allowed and none by its name',
    (url) => {
      expect(problemOfUrl(url, ['*'])).toContain('the machine of the service');
    },
  );
});
