import { describe, expect, it } from 'vitest';
import { loggedAddress, loggedHeaders, pathLogger } from './logged-request.js';

describe('loggedHeaders', () => {
  it('takes what helps to find a client that errs', () => {
    const headers = {
      accept: 'application/json, text/plain',
      'content-type': 'application/json; charset=utf-8',
      'content-length': '42',
      'content-encoding': 'gzip',
      'user-agent': 'python-httpx/0.28.1 (something)',
    };
    expect(loggedHeaders(headers)).toEqual({
      accept: 'application/json',
      'content-type': 'application/json',
      'content-length': '42',
      'content-encoding': 'gzip',
      'user-agent': 'python-httpx/0.28.1',
    });
  });

  it.each([
    'authorization',
    'cookie',
    'x-api-key',
    'proxy-authorization',
    'referer',
    'x-forwarded-for',
    'host',
    'x-new',
  ])('leaves out %s', (name) => {
    expect(loggedHeaders({ [name]: 'application/json' })).toEqual({});
  });

  it.each([
    ['accept', 'secret'],
    ['content-type', 'secret/secret'],
    ['content-length', 'secret'],
    ['content-encoding', 'secret'],
    ['user-agent', 'secret'],
    ['user-agent', 'secret/secret'],
    ['user-agent', 'curl/8.0-secret'],
    ['accept', ['application/json', 'secret']],
  ])('leaves out %s when it is %j', (name, value) => {
    expect(loggedHeaders({ [name]: value })).toEqual({});
  });
});

describe('pathLogger', () => {
  const id = '0a570000-0000-4000-8000-000000000000';
  const path = '/api/v1/projects/{projectId}/environments';
  const loggedPath = pathLogger({ operations: new Map([['environmentList', { path } as never]]) });

  it.each([
    [`/api/v1/projects/${id}/environments`, `/api/v1/projects/${id}/environments`],
    [`/api/v1/projects/${id.toUpperCase()}`, `/api/v1/projects/${id.toUpperCase()}`],
    ['/api/v1/projects?token=secret', '/api/v1/projects'],
    ['/api/v1/projects#secret', '/api/v1/projects'],
    ['/api/v1/projects/secret', '/api/v1/projects/…'],
    [`/api/v1/projects/${id}secret`, '/api/v1/projects/…'],
    ['/secret/api/v1', '/…/api/v1'],
    ['/docs/swagger-ui.css', '/docs/…'],
    ['/guide/start.html', '/guide/…'],
    ['http://secret/api/v1', '…//…/api/v1'],
    ['/', '/'],
    ['', ''],
  ])('%s is logged as %s', (url, logged) => {
    expect(loggedPath(url)).toBe(logged);
  });

  it('keeps lines short', () => {
    expect(loggedPath('/api'.repeat(4000)).length).toBeLessThan(100);
  });
});

describe('loggedAddress', () => {
  it('is an address or nothing', () => {
    expect(loggedAddress('192.0.2.1')).toBe('192.0.2.1');
    expect(loggedAddress('2001:db8::1')).toBe('2001:db8::1');
    expect([loggedAddress('secret'), loggedAddress(undefined)]).toEqual([undefined, undefined]);
  });
});
