import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';

/** Where a build has the guide: beside what runs from it, and below `dist` for what runs from source. */
const BUILT = ['../../guide', '../../dist/guide'].map((path) => join(import.meta.dirname, path));

/** Serves the guide at /guide: static pages, which `guide/` makes of the documents, the contract and the command line's help. */
export function setupGuideUi(app: NestExpressApplication): void {
  const directory = BUILT.find((path) => existsSync(join(path, 'index.html')));
  // Without a build there is none.
  if (directory === undefined) return;
  app.useStaticAssets(directory, { prefix: '/guide', extensions: ['html'] });
}
