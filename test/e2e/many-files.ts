import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** So many small files, no two alike: a capture of them takes its time, and says so all along. */
export async function writeManyFiles(directory: string, count: number): Promise<void> {
  await mkdir(join(directory, 'many'), { recursive: true });
  for (let start = 0; start < count; start += 100) {
    const numbers = Array.from({ length: Math.min(100, count - start) }, (_, at) => start + at);
    await Promise.all(numbers.map((n) => writeFile(join(directory, 'many', `${n}.txt`), `the file ${n}\n`.repeat(20))));
  }
}
