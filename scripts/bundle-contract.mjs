// Makes openapi.yaml from the sources in contract/.
//
//   npm run contract:bundle

import { writeFileSync } from 'node:fs';
import { bundledText } from './contract/bundle.mjs';

writeFileSync('openapi.yaml', bundledText());
