// The licences of what is bundled: whoever passes it on passes them on, too.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Our own, and those of the packages that esbuild has taken something from, by its metafile; paths in that are relative to `directory`. */
export function licencesOf(metafile, directory, own) {
  const roots = Object.keys(metafile.inputs).flatMap(
    (path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? [],
  );
  const others = [...new Set([...new Set(roots)].map((root) => licenceOf(join(directory, root))))].toSorted();
  return [readFileSync(own, 'utf8'), 'What is bundled with it:\n', ...others].join(`\n${'-'.repeat(80)}\n\n`);
}

function licenceOf(root) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const file = readdirSync(root).find((entry) => /^licen[cs]e/i.test(entry));
  return `${name} ${version} (${license})\n\n${file === undefined ? '' : readFileSync(join(root, file), 'utf8')}`;
}
