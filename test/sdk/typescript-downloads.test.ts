import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { NoAnswerError, Snapback, tagOf } from '../../sdk/typescript/index.js';
import type { SnapbackOptions } from '../../sdk/typescript/index.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const FILE = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
const TAG = '"of-the-file"';
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.closeAllConnections();
});

/** Gives one answer after the other, and the last one to all that follow. */
async function serving(...answers: Answer[]) {
  const asked: { url: string; headers: IncomingHttpHeaders; closed: boolean }[] = [];
  const server = createServer((request, response) => {
    const heard = { url: request.url!, headers: request.headers, closed: false };
    asked.push(heard);
    response.on('close', () => (heard.closed = true));
    (answers.length > 1 ? answers.shift()! : answers[0]!)(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = (options: Partial<SnapbackOptions> = {}) =>
    new Snapback({ baseUrl: `http://127.0.0.1:${port}`, token: 't', ...options });
  return { asked, client };
}

interface Sent {
  upTo?: number;
  content?: Buffer;
  tag?: string;
  heeds?: boolean;
  /** What happens behind its last byte. */
  then?: (response: ServerResponse) => void;
}

/** A file, or the rest of it that is asked for. */
function sends({ upTo, content = FILE, tag = TAG, heeds = true, then }: Sent = {}): Answer {
  return ({ headers }, response) => {
    const range = heeds && headers['if-range'] === tag ? /^bytes=(\d+)-$/.exec(headers.range ?? '') : null;
    const first = Number(range?.[1] ?? 0);
    response.writeHead(range === null ? 200 : 206, {
      'Content-Length': content.length - first,
      ...(tag !== '' && { ETag: tag }),
      ...(range !== null && { 'Content-Range': `bytes ${first}-${content.length - 1}/${content.length}` }),
    });
    if (upTo === undefined) response.end(content.subarray(first));
    // Behind the bytes, which would not come through otherwise.
    else response.write(content.subarray(first, upTo), () => setTimeout(() => (then ?? loses)(response), 20));
  };
}

function loses(response: ServerResponse): void {
  response.destroy();
}

function refuses(status: number, code: string, headers: Record<string, string> = {}): Answer {
  return (_, response) => {
    response.writeHead(status, { 'Content-Type': 'application/problem+json', 'Retry-After': '0', ...headers });
    response.end(JSON.stringify({ type: 'urn:x', title: 'No', status, code, detail: `It is ${code}.` }));
  };
}

/** The tag that a file of these bytes has from the service. */
function tagged(content: Buffer): string {
  return `"${createHash('sha256').update(content).digest('hex')}"`;
}

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

describe('a download', () => {
  it('goes on behind the last byte, whatever happens to connections', async () => {
    const { asked, client } = await serving(
      sends({ upTo: 100_000 }),
      (_, response) => loses(response),
      refuses(503, 'starting'),
      sends({ upTo: 200_000 }),
      sends(),
    );
    const download = await client().contents.download('e', 's', 'd/a.bin');
    expect([download.name, download.size]).toEqual(['a.bin', FILE.length]);
    expect((await bytesOf(download)).equals(FILE)).toBe(true);
    expect(asked.map(({ headers }) => [headers.range, headers['if-range']])).toEqual([
      [undefined, undefined],
      ...['bytes=100000-', 'bytes=100000-', 'bytes=100000-', 'bytes=200000-'].map((range) => [range, TAG]),
    ]);
    expect(asked[0]).toMatchObject({
      url: '/api/v1/environments/e/snapshots/s/file/content?path=d%2Fa.bin',
      headers: { 'accept-encoding': 'identity' },
    });
  });

  it('passes over what comes again from the start, where somebody in between knows no ranges', async () => {
    const { client } = await serving(sends({ upTo: 100_000 }), sends({ heeds: false }));
    const download = await client().contents.download('e', 's', 'a');
    expect((await bytesOf(download.stream())).equals(FILE)).toBe(true);
  });

  it('is made over another connection when nothing comes', async () => {
    const { client } = await serving(sends({ upTo: 50_000, then: () => undefined }), sends());
    const download = await client({ idleMs: 200 }).contents.download('e', 's', 'a');
    expect((await bytesOf(download)).equals(FILE)).toBe(true);
  });

  it('of an empty file brings nothing, and of bytes as a path has their name', async () => {
    const { asked, client } = await serving(sends({ content: Buffer.alloc(0) }));
    const download = await client().contents.download('e', 's', { pathBase64: 'ZC//Cg==' });
    expect([download.name, download.size, await bytesOf(download)]).toEqual(['\ufffd\n', 0, Buffer.alloc(0)]);
    expect(asked[0]!.url).toMatch(/content\?pathBase64=ZC%2F%2FCg%3D%3D$/);
  });

  it.each<[string, Answer]>([
    ['has another tag', sends({ tag: '"of-another"' })],
    ['has another length', sends({ content: Buffer.concat([FILE, FILE]), heeds: false })],
    [
      'begins elsewhere',
      (_, response) => response.writeHead(206, { 'Content-Range': `bytes 5-9/${FILE.length}` }).end('other'),
    ],
  ])('does not go on with what %s', async (_, second) => {
    const { client } = await serving(sends({ upTo: 100_000 }), second);
    const download = await client().contents.download('e', 's', 'a');
    await expect(bytesOf(download)).rejects.toThrow('cannot go on');
  });

  it.each(['', 'W/"weak"'])('of a file whose tag is %j ends with its connection', async (tag) => {
    const { asked, client } = await serving(sends({ upTo: 100_000, tag }));
    await expect(bytesOf(await client().contents.download('e', 's', 'a'))).rejects.toThrow('no tag');
    expect(asked).toHaveLength(1);
  });

  it('is held against its SHA-256, over all connections that brought it', async () => {
    const tag = tagged(FILE);
    const { client } = await serving(sends({ upTo: 100_000, tag }), sends({ tag }));
    expect((await bytesOf(await client().contents.download('e', 's', 'a'))).equals(FILE)).toBe(true);
    const other = await serving(sends({ tag: tagged(Buffer.from('another')) }));
    await expect(bytesOf(await other.client().contents.download('e', 's', 'a'))).rejects.toThrow('SHA-256');
  });

  it('is given up when connections bring nothing again and again', async () => {
    const { asked, client } = await serving(sends({ upTo: 100_000 }), (_, response) => loses(response));
    const download = await client({ attempts: 3 }).contents.download('e', 's', 'a');
    await expect(bytesOf(download)).rejects.toBeInstanceOf(NoAnswerError);
    expect(asked).toHaveLength(3);
  });

  it('is refused at once with what will not change, before it and in the middle of it', async () => {
    const missing = await serving(refuses(404, 'not-found'));
    await expect(missing.client().contents.download('e', 's', 'a')).rejects.toMatchObject({ code: 'not-found' });
    expect(missing.asked).toHaveLength(1);
    const damaged = await serving(sends({ upTo: 100_000 }), refuses(409, 'snapshot-damaged'));
    const download = await damaged.client().contents.download('e', 's', 'a');
    await expect(bytesOf(download)).rejects.toMatchObject({ code: 'snapshot-damaged' });
  });

  it('is none without a length, such as of a page that somebody in between compresses', async () => {
    for (const headers of [{}, { 'Content-Encoding': 'identity, gzip', 'Content-Length': '4' }]) {
      const { client } = await serving((_, response) => {
        response.writeHead(200, headers);
        response.write('page');
        response.end();
      });
      await expect(client().contents.download('e', 's', 'a')).rejects.toThrow('known size');
    }
  });

  it('that is left, cancelled or aborted has no connection any more', async () => {
    const { asked, client } = await serving(sends({ upTo: 100_000, then: () => undefined }));
    const { contents } = client();
    for await (const piece of await contents.download('e', 's', 'a')) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    await (await contents.download('e', 's', 'a')).stream().cancel();
    const cancelled = await contents.download('e', 's', 'a');
    cancelled.cancel();
    await expect(bytesOf(cancelled)).rejects.toThrow('was cancelled');
    const reason = new Error('mine');
    const abort = new AbortController();
    const aborted = bytesOf(await contents.download('e', 's', 'a', { signal: abort.signal }));
    abort.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await expect.poll(() => asked.map(({ closed }) => closed)).toEqual([true, true, true, true]);
  });
});

it('a search goes on over pages that have nothing in them', async () => {
  const page =
    (items: object[], nextCursor: string | null): Answer =>
    (_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ items, total: 1, totalIsLowerBound: true, limit: 20, offset: 0, nextCursor }));
    };
  const { asked, client } = await serving(page([], 'a'), page([], 'b'), page([{ path: 'd/x' }], null));
  const found = await client().contents.files('e', 's', { path: 'd', search: 'X' }).toArray();
  expect(found.map(({ path }) => path)).toEqual(['d/x']);
  expect(asked[2]!.url).toMatch(/\/files\?path=d&search=X&cursor=b$/);
});

describe('a comparison', () => {
  const answers =
    (body: object): Answer =>
    (_, response) =>
      response.writeHead(200, { 'Content-Type': 'application/json', ETag: '"one"' }).end(JSON.stringify(body));

  it('is with the other snapshot, and nothing when it is what was known', async () => {
    const { asked, client } = await serving(answers({ snapshotId: 's', withSnapshotId: 'o' }), (_, response) =>
      response.writeHead(304).end(),
    );
    const { contents } = client();
    const compared = await contents.compare('e', 's', { with: 'o' });
    const options = { ifNoneMatch: tagOf(compared)! };
    expect(await contents.compare('e', 's', { with: 'o' }, options)).toBeUndefined();
    expect(asked[1]).toMatchObject({
      url: '/api/v1/environments/e/snapshots/s/compare?with=o',
      headers: { 'if-none-match': '"one"' },
    });
  });

  it.each(['definition', 'table', 'file'] as const)('lists its %s changes page by page', async (kind) => {
    const page = (change: string, nextCursor: string | null) => answers({ items: [{ change }], total: 2, nextCursor });
    const { asked, client } = await serving(page('added', 'a'), page('removed', null));
    const changes = client().contents[`${kind}Changes`]('e', 's', { with: 'o' }, { pageSize: 1 });
    const found: string[] = [];
    for await (const { change } of changes) found.push(change);
    expect(found).toEqual(['added', 'removed']);
    expect(asked[1]!.url).toMatch(new RegExp(`/s/compare/${kind}s\\?with=o&limit=1&cursor=a$`));
  });
});
