import { Webhook as Signer } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { verifyWebhook, WebhookVerificationError } from './verify-webhook.js';

const SECRET = `whsec_${Buffer.from('thirty-two bytes, and not more..').toString('base64')}`;
const OTHER = `whsec_${Buffer.from('another thirty-two bytes of it..').toString('base64')}`;
const now = new Date('2026-11-30T08:00:00Z');
const body = JSON.stringify({ type: 'io.snapback.test', data: { requestedBy: 'Änne 🙂' } });

function headers(changes: Record<string, string> = {}, secrets = [SECRET]) {
  const signature = secrets.map((secret) => new Signer(secret).sign('e1', now, body)).join(' ');
  const timestamp = String(now.getTime() / 1000);
  return { 'webhook-id': 'e1', 'webhook-timestamp': timestamp, 'webhook-signature': signature, ...changes };
}

describe('verifyWebhook', () => {
  it('reads what is signed, from headers of every kind', async () => {
    const event = JSON.parse(body) as object;
    expect(await verifyWebhook(headers(), body, SECRET, { now })).toEqual(event);
    expect(await verifyWebhook(new Headers(headers()), Buffer.from(body), SECRET, { now })).toEqual(event);
    const large = Object.fromEntries(Object.entries(headers()).map(([name, value]) => [name.toUpperCase(), [value]]));
    expect(await verifyWebhook(large, body, SECRET, { now })).toEqual(event);
  });

  it('takes one right signature of several', async () => {
    for (const secret of [SECRET, OTHER])
      expect(await verifyWebhook(headers({}, [SECRET, OTHER]), body, secret, { now })).toBeTruthy();
  });

  it.each([
    ['another secret', headers({}, [OTHER]), body, now],
    ['another body', headers(), body.replace('test', 'gate'), now],
    ['another id', headers({ 'webhook-id': 'e2' }), body, now],
    ['no signature', headers({ 'webhook-signature': '' }), body, now],
    [
      'a signature of another kind',
      headers({ 'webhook-signature': headers()['webhook-signature'].replace('v1,', 'v2,') }),
      body,
      now,
    ],
    ['what is no signature', headers({ 'webhook-signature': 'v1,*** v1 v1,' }), body, now],
    ['one of long ago', headers(), body, new Date(now.getTime() + 301_000)],
    ['one of the future', headers(), body, new Date(now.getTime() - 301_000)],
    ['no time', headers({ 'webhook-timestamp': 'NaN' }), body, now],
  ])('refuses %s', async (_, given, text, at) => {
    await expect(verifyWebhook(given, text, SECRET, { now: at })).rejects.toThrow(WebhookVerificationError);
  });
});
