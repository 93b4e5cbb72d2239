import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { forNobody, onOwnAccount, presentRequest, whoActs, withinRequest } from './request-context.js';
import type { RequestContext } from './request-context.js';

const request = (changes: Partial<RequestContext> = {}): RequestContext => ({
  requestId: 'one',
  address: '192.0.2.1',
  userAgent: 'curl/8.0',
  ...changes,
});

describe('who acts', () => {
  it('is the caller of the request, however deep and late it is asked', async () => {
    const asked = async () => {
      await sleep(1);
      return whoActs();
    };
    const one = request({ subject: 'ci', organization: 'acme', operation: 'snapshotCreate' });
    const other = request({ requestId: 'two', subject: 'ann' });
    const [first, second] = await Promise.all([withinRequest(one, asked), withinRequest(other, asked)]);
    expect(first).toEqual({
      actor: 'ci',
      actorKind: 'caller',
      organization: 'acme',
      operation: 'snapshotCreate',
      requestId: 'one',
      address: '192.0.2.1',
      userAgent: 'curl/8.0',
    });
    expect([second.actor, second.requestId]).toEqual(['ann', 'two']);
  });

  it('is known from the moment on in which the token has been checked', () => {
    const context = request();
    withinRequest(context, () => {
      expect(whoActs().actor).toBe('anonymous');
      Object.assign(presentRequest()!, { subject: 'ci' });
      expect(whoActs().actor).toBe('ci');
    });
  });

  it('is the service itself in its own work, and where nobody asks', () => {
    const nobody = { actorKind: 'system', requestId: null, organization: null };
    expect(onOwnAccount('retention', whoActs)).toMatchObject({ ...nobody, actor: 'system:retention' });
    expect(whoActs()).toMatchObject({ ...nobody, actor: 'system:service' });
    expect(withinRequest(request({ subject: 'ci' }), () => forNobody(whoActs))).toMatchObject(nobody);
    expect(onOwnAccount('retention', presentRequest)).toBeUndefined();
  });
});
