import { describe, expect, it } from 'vitest';
import { sourceOf } from '../../src/vault/backend/object-source.js';
import { RateLimitedBackend } from '../../src/vault/backend/wrappers/rate-limited-backend.js';
import { ReadOnlyBackend } from '../../src/vault/backend/wrappers/read-only-backend.js';
import { TokenBucket } from '../../src/vault/backend/wrappers/token-bucket.js';
import { usually } from '../harness/thorough.js';
import { bytesOf, collect } from './content.js';
import { describePromises } from './promises.js';
import { localSubject, troubled, wrapped } from './subjects.js';

const plenty = () => new TokenBucket({ bytesPerSecond: 1e9 });

describePromises('a directory', localSubject, { manyKeys: usually(1500, 5000) });
describePromises('a troubled directory, retried', () => wrapped(localSubject(), troubled), {
  manyKeys: usually(400, 1000),
});
describePromises(
  'a directory at a limited rate',
  () => wrapped(localSubject(), (inner) => new RateLimitedBackend(inner, { upload: plenty(), download: plenty() })),
  { manyKeys: 100 },
);

it('does not hold files open where what is read is counted', async () => {
  const { backend, close } = await localSubject();
  await backend.put('there', sourceOf(Buffer.from('content')));
  expect(await new RateLimitedBackend(backend, { download: plenty() }).openFile('there')).toBeNull();
  for (const reader of [new RateLimitedBackend(backend, { upload: plenty() }), new ReadOnlyBackend(backend)]) {
    const file = await reader.openFile('there');
    expect(file).not.toBeNull();
    await file?.close();
  }
  await close();
});

describe('a directory that is open for reading only', () => {
  it('can be read, and nothing in it changes', async () => {
    const { backend, close } = await localSubject();
    const content = Buffer.from('content');
    await backend.put('there', sourceOf(content));
    const reader = new ReadOnlyBackend(backend);
    for (const change of [reader.put('new'), reader.replace('there'), reader.delete(['there'])]) {
      await expect(change).rejects.toMatchObject({ code: 'denied' });
    }
    expect(await reader.read('there')).toEqual(content);
    expect(await bytesOf(reader.stream('there', 3))).toEqual(content.subarray(3));
    expect(await reader.stat('there')).toMatchObject({ bytes: 7 });
    expect((await collect(reader.list(''))).map(({ key }) => key)).toEqual(['there']);
    await close();
  });
});
