import { describe, expect, it } from 'vitest';
import { retryingFetch } from './retrying-fetch.js';

const URL = 'http://service.internal/';

/** Answers with what is next in the list each time, or throws it; what it was sent is remembered. */
function network(...answers: (Response | Error)[]) {
  const sent: { method: string; body: string; key: string | null }[] = [];
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    sent.push({ method: request.method, body: await request.text(), key: request.headers.get('idempotency-key') });
    const next = answers.shift();
    if (next === undefined) return new Promise(() => undefined);
    if (next instanceof Error) throw next;
    return next;
  };
  return { send, sent };
}

const busy = () => new Response('busy', { status: 503, headers: { 'retry-after': '0' } });
const lost = () => new TypeError('fetch failed');
/** Its connection is lost behind half of it. */
const torn = () =>
  new Response(
    new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"half":')),
      pull: (controller) => controller.error(new TypeError('terminated')),
    }),
  );
const policy = { timeoutMs: 5000, attempts: 4 };

describe('a request that may be repeated', () => {
  it.each([
    ['GET', {}],
    ['PUT', { body: 'what' }],
    ['DELETE', {}],
    ['POST', { body: 'what', headers: { 'Idempotency-Key': 'k' } }],
  ])('is sent again, the same, when a %s is lost, torn or told to come later', async (method, init) => {
    const { send, sent } = network(lost(), busy(), torn(), new Response('done'));
    const response = await retryingFetch(send, policy)(URL, { method, ...init });
    expect(await response.text()).toBe('done');
    expect(sent).toEqual(Array.from({ length: 4 }, () => sent[0]));
    expect(sent[0]).toMatchObject({ method, body: 'body' in init ? 'what' : '' });
  });

  it('and deletes has done so when it is sent again and nothing is there any more, but not when it was never sent before', async () => {
    const missing = () => new Response('{}', { status: 404 });
    const again = await retryingFetch(network(lost(), missing()).send, policy)(URL, { method: 'DELETE' });
    expect(again.status).toBe(204);
    for (const answers of [[missing()], [busy(), missing()]]) {
      const first = await retryingFetch(network(...answers).send, policy)(URL, { method: 'DELETE' });
      expect(first.status).toBe(404);
    }
    expect((await retryingFetch(network(lost(), missing()).send, policy)(URL)).status).toBe(404);
  });

  it('has its last answer, or the last loss, when there are no attempts left', async () => {
    const { send, sent } = network(lost(), busy(), busy(), busy(), new Response('too late'));
    expect((await retryingFetch(send, policy)(URL)).status).toBe(503);
    expect(sent).toHaveLength(4);
    const { send: losing } = network(busy(), lost());
    await expect(retryingFetch(losing, { ...policy, attempts: 2 })(URL)).rejects.toMatchObject({
      name: 'NoAnswerError',
      outcomeUnknown: false,
    });
  });

  it('is not sent again when the time would be up by then', async () => {
    const later = new Response('', { status: 503, headers: { 'retry-after': '30' } });
    const { send, sent } = network(later, new Response('done'));
    const began = Date.now();
    expect((await retryingFetch(send, policy)(URL)).status).toBe(503);
    expect([sent.length, Date.now() - began < 1000]).toEqual([1, true]);
  });
});

describe('a request that may not be repeated', () => {
  it.each(['POST', 'PATCH'])('is sent once, and a %s that is lost may have done its work', async (method) => {
    const { send, sent } = network(lost(), new Response('done'));
    await expect(retryingFetch(send, policy)(URL, { method, body: '{}' })).rejects.toMatchObject({
      name: 'NoAnswerError',
      outcomeUnknown: true,
    });
    expect(sent).toHaveLength(1);
  });

  it('has not done its work when nobody was there to hear of it', async () => {
    const { send } = network(new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }));
    const refused = retryingFetch(send, policy)(URL, { method: 'POST', body: '{}' });
    await expect(refused).rejects.toMatchObject({ outcomeUnknown: false });
  });

  it.each([200, 404, 409, 412, 500])('nor is one that is answered with %i', async (status) => {
    const { send, sent } = network(new Response('', { status }), new Response('done'));
    expect((await retryingFetch(send, policy)(URL)).status).toBe(status);
    expect(sent).toHaveLength(1);
  });
});

describe('the time that a call has', () => {
  it('is that of all its attempts, also with a fetch that does not listen to signals', async () => {
    const { send } = network(busy(), busy());
    const began = Date.now();
    const late = retryingFetch(send, { timeoutMs: 300, attempts: 4 })(URL, {
      method: 'POST',
      headers: { 'Idempotency-Key': 'k' },
    });
    await expect(late).rejects.toMatchObject({ name: 'TimeOutError', outcomeUnknown: true, idempotencyKey: 'k' });
    expect(Date.now() - began).toBeLessThan(1000);
  });

  it('ends when it is called off, with the reason for that', async () => {
    const { send } = network();
    const cancelling = new AbortController();
    const call = retryingFetch(send, policy)(URL, { signal: cancelling.signal });
    const reason = new Error('not wanted any more');
    cancelling.abort(reason);
    await expect(call).rejects.toBe(reason);
  });
});
