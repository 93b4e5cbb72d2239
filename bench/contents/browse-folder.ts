import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { snapshotFileList } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { round } from '../comparison/summarise.js';
import { RegisteredEnvironment } from '../environment/registered-environment.js';
import { ServiceProcess } from '../environment/service.js';
import { RESTIC_BACKUP, ResticRepository } from '../peers/restic-repository.js';
import { type BenchCase, median } from '../results.js';

const PAGES = 200;
const LOOKS_EVERY = 10_000;

/** One folder of very many files: the first page, which makes the listing, then pages in order and searches. */
export async function browseFolder(directory: string, files: number, signal: AbortSignal): Promise<BenchCase[]> {
  const filestore = join(directory, 'filestore');
  await mkdir(join(filestore, 'folder'), { recursive: true });
  console.log(`${files} files are made in one folder.`);
  for (let number = 0; number < files; number += 1) {
    if (number % LOOKS_EVERY === 0) signal.throwIfAborted();
    // Without waiting in between: there are a million of them, of a few bytes.
    writeFileSync(join(filestore, 'folder', `file-${number}.txt`), `${number % 100}`);
  }
  const restic = await ResticRepository.create(directory, signal);
  await restic.run([...RESTIC_BACKUP, filestore]);
  const [listed] = await timed(() => restic.run(['ls', 'latest', join(filestore, 'folder')]));
  const [found] = await timed(() => restic.run(['find', 'file-77777.txt']));
  const service = await ServiceProcess.start(join(directory, 'service'), filestore);
  try {
    const registered = await RegisteredEnvironment.ofFiles(service, filestore);
    const { id: snapshotId } = await registered.snapshot();
    const path = { environmentId: registered.environmentId, snapshotId };
    const page = (query: { limit?: number; cursor?: string; search?: string }) =>
      result(snapshotFileList({ client: service.client, path, query: { path: 'folder', ...query } }));
    const [firstMs] = await timed(() => page({ limit: 100 }));
    const pageMs: number[] = [];
    let cursor: string | undefined;
    for (let count = 0; count < PAGES; count += 1) {
      const [ms, { nextCursor }] = await timed(() => page({ limit: 100, ...(cursor !== undefined && { cursor }) }));
      pageMs.push(ms);
      cursor = nextCursor ?? undefined;
    }
    const [searchMs, requests] = await timed(() => searchAll(page, `file-${randomInt(files)}.txt`));
    const peakMemoryMiB = Math.round((await service.peakMemoryBytes()) / 2 ** 20);
    const pages = pageMs.toSorted((a, b) => a - b);
    return [
      {
        case: 'first page, with the listing',
        ratio: round(listed / firstMs),
        ms: round(firstMs),
        resticMs: round(listed),
      },
      {
        case: 'a page of 100',
        ratio: round(listed / median(pages)),
        ms: round(median(pages)),
        p99Ms: round(pages[Math.floor(pages.length * 0.99)]!),
        resticMs: round(listed),
        peakMemoryMiB,
      },
      {
        case: 'one file by its name',
        ratio: round(found / searchMs),
        ms: round(searchMs),
        requests,
        resticMs: round(found),
      },
    ];
  } finally {
    await service.stop();
  }
}

/** To the end, page by page. Resolves to how many pages that were. */
async function searchAll(
  page: (query: { cursor?: string; search: string }) => Promise<{ nextCursor: string | null }>,
  search: string,
): Promise<number> {
  let requests = 0;
  for (let cursor: string | undefined; ;) {
    const { nextCursor } = await page({ search, ...(cursor !== undefined && { cursor }) });
    requests += 1;
    if (nextCursor === null) return requests;
    cursor = nextCursor;
  }
}

export async function timed<T>(work: () => Promise<T>): Promise<[ms: number, result: T]> {
  const start = performance.now();
  const done = await work();
  return [performance.now() - start, done];
}
