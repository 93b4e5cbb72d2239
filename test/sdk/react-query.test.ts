import { QueryClient } from '@tanstack/react-query';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  projectCreateMutation,
  projectListInfiniteOptions,
  projectListOptions,
  projectViewOptions,
} from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import { Snapback, SnapbackError } from '../../sdk/typescript/index.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';

let service: TestService;
let snapback: Snapback;
const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });

beforeAll(async () => {
  service = await startTestService();
  snapback = new Snapback({ baseUrl: service.url, token: testToken() });
});

afterAll(async () => {
  queries.clear();
  await service.stop();
});

describe('the queries for TanStack Query', () => {
  it('bring what the service says, with the client of a Snapback', async () => {
    const { client } = snapback;
    const create = projectCreateMutation({ client });
    const context = { client: queries, meta: undefined };
    const made = await create.mutationFn!({ body: { name: 'shop' } }, context);
    expect(await queries.fetchQuery(projectViewOptions({ client, path: { projectId: made.id } }))).toMatchObject(made);
    const page = await queries.fetchQuery(projectListOptions({ client, query: { limit: 5 } }));
    expect(page.items.map(({ name }) => name)).toEqual(['shop']);
    expect(projectListInfiniteOptions({ client }).queryKey).toMatchObject([{ _id: 'projectList', _infinite: true }]);
  });

  it('throw the errors of a Snapback', async () => {
    const { client } = snapback;
    const missing = queries.fetchQuery(projectViewOptions({ client, path: { projectId: crypto.randomUUID() } }));
    await expect(missing).rejects.toBeInstanceOf(SnapbackError);
    await expect(missing).rejects.toMatchObject({ status: 404, code: 'not-found' });
  });
});
