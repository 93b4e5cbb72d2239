import { Injectable } from '@nestjs/common';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Configuration } from '../config/configuration.js';

const PRIVATE_DIRECTORY = 0o700;

/** Where the files of exports are. */
@Injectable()
export class ExportFiles {
  private readonly root: string;

  constructor({ EXPORT_ROOT, DATA_DIR }: Configuration) {
    this.root = EXPORT_ROOT ?? resolve(DATA_DIR, 'exports');
  }

  pathOf({ fileName }: { fileName: string }): string {
    return join(this.root, fileName);
  }

  /** Rejects with an errno `code`. */
  async prepare(): Promise<void> {
    await mkdir(this.root, { recursive: true, mode: PRIVATE_DIRECTORY });
  }

  /** Also of what was never finished. Rejects with an errno `code`. */
  async remove(row: { fileName: string }): Promise<void> {
    const path = this.pathOf(row);
    await rm(`${path}.partial`, { recursive: true, force: true });
    await rm(path, { force: true });
  }
}

/** For people: `shop-production-20261130T210500Z-<id>.zip`. The id makes it one of its kind, and whoever does not know it guesses no other. */
export function exportFileName(environmentName: string, at: Date, id: string, format: 'zip' | 'tar_zst'): string {
  const name = environmentName.replaceAll(/[^\p{L}\p{N}_-]+/gu, '-').slice(0, 40);
  const time = at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${name}-${time}-${id}.${format.replace('_', '.')}`;
}
