import { describe, expect, it } from 'vitest';
import { Contract } from '../contract/contract.js';
import { uiDocument } from './ui-document.js';

const { document } = Contract.load();
const projectId = '00000000-0000-4000-8000-000000000001';

/** The first example of the body of environmentCreate, which the page offers to be sent. */
function offered(shown: typeof document): unknown {
  const body = shown.paths['/api/v1/projects/{projectId}/environments']?.post?.requestBody as unknown as {
    content: Record<string, { examples: Record<string, { value: unknown }> }>;
  };
  return Object.values(body.content['application/json']!.examples)[0]?.value;
}

describe('what Swagger UI shows', () => {
  it('has things that exist in its examples', () => {
    const shown = uiDocument(document, { projectId, filestoreRoot: '/tmp/a "root" of $& mine' });
    expect(shown.components.parameters?.['ProjectId']).toMatchObject({ example: projectId });
    expect(offered(shown)).toMatchObject({ filestorePath: '/tmp/a "root" of $& mine/uploads' });
    expect(JSON.stringify(shown)).not.toContain('/srv/filestores/');
  });

  it('has the examples of the contract when nothing is known to exist', () => {
    const shown = uiDocument(document, {});
    expect(shown.components.parameters?.['ProjectId']).toEqual(document.components.parameters?.['ProjectId']);
    expect(offered(shown)).toMatchObject({ filestorePath: '/srv/filestores/uploads' });
  });

  it('fills in no header: an idempotency key sent again would start nothing', () => {
    const shown = Object.values(uiDocument(document, {}).components.parameters ?? {}) as Record<string, unknown>[];
    expect(shown.filter((parameter) => 'example' in parameter && parameter['in'] === 'header')).toEqual([]);
    expect(document.components.parameters?.['IdempotencyKey']).toHaveProperty('example');
  });
});
