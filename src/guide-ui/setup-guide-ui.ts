import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { builtDirectory } from '../builds/built-directory.js';

/** Serves the guide at /guide: static pages, which `guide/` makes of the documents, the contract and the command line's help. */
export function setupGuideUi(app: NestExpressApplication): void {
  const directory = builtDirectory('guide');
  // Without a build there is none.
  if (!existsSync(join(directory, 'index.html'))) return;
  app.useStaticAssets(directory, { prefix: '/guide', extensions: ['html'] });
}
