import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const SCRIPT = join(ROOT, 'scripts', 'sbom.mjs');

interface Manifest {
  name: string;
  version: string;
  license: string;
  dependencies: Record<string, string>;
}

interface Component {
  'bom-ref': string;
  type: string;
  name: string;
  version: string;
  purl: string;
  licenses: { license?: { id: string }; expression?: string }[];
}

interface Bill {
  bomFormat: string;
  specVersion: string;
  serialNumber: string;
  version: number;
  metadata: { timestamp: string; component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

/** Runs the script on what is installed in a directory. */
function run(cwd: string): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT], { cwd, maxBuffer: 16 * 1024 * 1024 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

describe('the bill of materials', () => {
  let manifest: Manifest;
  let bill: Bill;
  beforeAll(async () => {
    manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Manifest;
    const { code, out, err } = await run(ROOT);
    if (code !== 0) throw new Error(err);
    bill = JSON.parse(out) as Bill;
  });

  it('is CycloneDX of this version of ours', () => {
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      specVersion: expect.stringMatching(/^1\.[5-9]$/),
      version: 1,
    });
    expect(bill.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(Number.isNaN(Date.parse(bill.metadata.timestamp))).toBe(false);
    const { name, version, license } = manifest;
    expect(bill.metadata.component).toMatchObject({
      type: 'application',
      name,
      version,
      licenses: [{ license: { id: license } }],
    });
  });

  it('has what the service needs, and nothing that only its developers do', () => {
    const names = new Map(bill.components.map(({ name, version }) => [name, version]));
    for (const [name, version] of Object.entries(manifest.dependencies))
      expect([name, names.get(name)]).toEqual([name, version]);
    expect(['vitest', 'oxlint', 'supertest', '@nestjs/testing'].filter((name) => names.has(name))).toEqual([]);
    expect(bill.components.length).toBeGreaterThan(200);
  });

  it('says of each component what it is and under which licence, and where it belongs', () => {
    const refs = bill.components.map((component) => component['bom-ref']);
    expect(new Set(refs).size).toBe(refs.length);
    for (const { name, version, type, purl, licenses } of bill.components) {
      expect([name, type, purl]).toEqual([name, 'library', expect.stringMatching(/^pkg:npm\/\S+@\d/)]);
      expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+/)]);
      expect([name, licenses.every(({ license, expression }) => (license?.id ?? expression ?? '') !== '')]).toEqual([
        name,
        true,
      ]);
      expect([name, licenses.length]).toEqual([name, 1]);
    }
    const known = new Set([...refs, bill.metadata.component['bom-ref']]);
    const edges = bill.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]);
    expect(edges.filter((ref) => !known.has(ref))).toEqual([]);
  });

  it('names nothing of the machine it was made on', () => {
    expect(JSON.stringify(bill)).not.toContain(ROOT);
  });
});

describe('a licence that is not on the list', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'snapback-test-sbom-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('is named, and there is no bill', async () => {
    const packages: Record<string, object> = {
      'of-a-choice': { license: '(GPL-3.0-only OR MIT)' },
      'of-an-old-list': { licenses: [{ type: 'MIT', url: 'https://example.com' }] },
      plain: { license: 'ISC' },
      copyleft: { license: 'GPL-3.0-only' },
      'of-both': { license: 'MIT AND GPL-3.0-only' },
      'of-its-own': { license: 'SEE LICENSE IN LICENSE.txt' },
      silent: {},
      'old-and-copyleft': { licenses: [{ type: 'AGPL-3.0-only' }] },
    };
    const developers = { 'copyleft-of-developers': { license: 'GPL-3.0-only' } };
    const all = { ...packages, ...developers };
    const versions = (of: object) => Object.fromEntries(Object.keys(of).map((name) => [name, '1.0.0']));
    const root = { license: 'MIT', dependencies: versions(packages), devDependencies: versions(developers) };
    const locked = Object.keys(all).map((name) => [
      `node_modules/${name}`,
      { version: '1.0.0', dev: name in developers },
    ]);
    await writeFile(
      join(directory, 'package-lock.json'),
      JSON.stringify({
        name: 'sample',
        lockfileVersion: 3,
        packages: { '': root, ...(Object.fromEntries(locked) as object) },
      }),
    );
    for (const [name, more] of Object.entries({ '.': { ...root, name: 'sample' }, ...all })) {
      const at = name === '.' ? directory : join(directory, 'node_modules', name);
      await mkdir(at, { recursive: true });
      await writeFile(join(at, 'package.json'), JSON.stringify({ version: '1.0.0', name, ...more }));
    }
    const { code, out, err } = await run(directory);
    expect(err).toMatch(/^copyleft@1\.0\.0 is under GPL-3\.0-only, which /m);
    expect([code, out]).toEqual([1, '']);
    const named = [...err.matchAll(/^(\S+)@1\.0\.0 is under /gm)].map(([, name]) => name!);
    expect(named.toSorted()).toEqual(['copyleft', 'of-both', 'of-its-own', 'old-and-copyleft', 'silent']);
  });
});
