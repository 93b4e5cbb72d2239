import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { execute } from '../../scripts/toolchains/execute.js';
import { Configuration } from '../../src/config/configuration.js';
import { CHART, CI_VALUES, ciValues, merged, type Values } from './chart.js';
import { LOCATION, writeSchemas } from './kubernetes-schemas.js';
import { RULES_TEXT } from './monitoring.js';
import { REFUSALS } from './refusals.js';
import { helm, kubeconform } from './tools.js';

interface Container {
  image: string;
  env: { name: string; value?: string; valueFrom?: Values }[];
  securityContext: Values & { capabilities: { drop: string[]; add?: string[] } };
  startupProbe?: { httpGet: { path: string; port: string } };
  livenessProbe?: { httpGet: { path: string; port: string } };
  ports?: { name: string }[];
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
}

interface Pod {
  automountServiceAccountToken: boolean;
  terminationGracePeriodSeconds?: number;
  securityContext: Values & { runAsUser: number };
  containers: [Container];
  volumes: { name: string; secret?: Values; persistentVolumeClaim?: { claimName: string } }[];
}

interface Manifest {
  kind: string;
  metadata: { name: string; annotations?: Record<string, string> };
  spec: Values & { template: { metadata: { labels: Record<string, string> }; spec: Pod }; selector: Values };
}

const scratch = mkdtempSync(join(tmpdir(), 'snapback-test-chart-'));
let helmProgram: string;
let kubeconformProgram: string;

beforeAll(async () => {
  helmProgram = await helm();
  kubeconformProgram = await kubeconform();
  await writeSchemas(scratch);
}, 1_800_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let files = 0;
async function template(values: Values, chart = CHART): Promise<string> {
  const file = join(scratch, `values-${(files += 1)}.yaml`);
  writeFileSync(file, JSON.stringify(values));
  const run = [helmProgram, 'template', 'release', chart, '--namespace', 'undo', '--values', file] as const;
  return (await execute({ run })).stdout;
}

function manifestsOf(rendered: string): Manifest[] {
  return parseAllDocuments(rendered)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

/** What kubeconform says of each resource: nothing when it is valid. */
async function judged(rendered: string): Promise<{ kind: string; status: string; msg: string }[]> {
  const file = join(scratch, `rendered-${(files += 1)}.yaml`);
  writeFileSync(file, rendered);
  const options = ['-strict', '-verbose', '-output', 'json', '-schema-location', join(scratch, LOCATION)];
  const run = [kubeconformProgram, ...options, file] as const;
  const said = await execute({ run }).then(
    ({ stdout }) => stdout,
    (error: Error) => (error.cause as { stdout: string }).stdout,
  );
  return (JSON.parse(said) as { resources: { kind: string; status: string; msg: string }[] }).resources;
}

const pods = (manifests: readonly Manifest[]) => manifests.filter(({ kind }) => /^(Deployment|Job)$/.test(kind));
const podOf = ({ spec }: Manifest): Pod => spec.template.spec;
const valueOf = (name: string, manifest: Manifest) =>
  podOf(manifest).containers[0].env.find((one) => one.name === name)?.value;

describe.each(CI_VALUES)('the chart with the values of ci/%s', (name) => {
  let rendered: string;
  let manifests: Manifest[];
  beforeAll(async () => {
    rendered = await template(ciValues(name));
    manifests = manifestsOf(rendered);
  });

  it('has nothing that lint minds', async () => {
    const run = [
      helmProgram,
      'lint',
      CHART,
      '--strict',
      '--quiet',
      '--values',
      join(CHART, 'ci', `${name}-values.yaml`),
    ];
    await expect(execute({ run: run as [string, ...string[]] })).resolves.toMatchObject({ stdout: '' });
  });

  it('makes what Kubernetes and its extensions know, and nothing else', async () => {
    const resources = await judged(rendered);
    expect(resources.filter(({ status }) => status !== 'statusValid')).toEqual([]);
    expect(resources).toHaveLength(manifests.length);
  });

  it('runs everything without privileges, on a read-only root, of a version', () => {
    for (const manifest of pods(manifests)) {
      const { automountServiceAccountToken, securityContext, containers, volumes } = podOf(manifest);
      const [{ image, securityContext: own, volumeMounts }] = containers;
      const isRoot = manifest.metadata.name.endsWith('worker-owners');
      expect(automountServiceAccountToken).toBe(false);
      expect(securityContext).toMatchObject({
        seccompProfile: { type: 'RuntimeDefault' },
        ...(isRoot ? { runAsUser: 0 } : { runAsNonRoot: true }),
      });
      expect(own).toMatchObject({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true });
      expect(own.capabilities.drop).toEqual(['ALL']);
      expect(own.capabilities.add ?? []).toEqual(isRoot ? ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID'] : []);
      expect(image).toMatch(/:\d[\w.-]*$|@sha256:[0-9a-f]{64}$/);
      expect(volumeMounts.map((mount) => mount.name).toSorted()).toEqual(
        volumes.map((volume) => volume.name).toSorted(),
      );
    }
  });

  it('gives every process time to stop, and asks each whether it is well', () => {
    for (const manifest of pods(manifests).filter(({ kind }) => kind === 'Deployment')) {
      const grace = Number(valueOf('SHUTDOWN_GRACE_SECONDS', manifest));
      const preStop = manifest.metadata.name.endsWith('-api') ? 5 : 0;
      // docs/running.md: 20 seconds more than the grace period.
      expect(podOf(manifest).terminationGracePeriodSeconds).toBeGreaterThan(grace + 20 + preStop);
      const [container] = podOf(manifest).containers;
      const ports = container.ports?.map((port) => port.name);
      for (const probe of [container.startupProbe, container.livenessProbe])
        expect(ports).toContain(probe?.httpGet.port);
    }
  });

  it('tells processes nothing that they do not know, and no secret but by its name', () => {
    const rules = getMetadataStorage().getTargetValidationMetadatas(Configuration, '', false, false);
    const known = new Set(rules.map(({ propertyName }) => propertyName));
    const others = /^(METRICS_HOST|METRICS_PORT|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|OTEL_.*)$/;
    for (const manifest of pods(manifests)) {
      const { env } = podOf(manifest).containers[0];
      expect(env.map((one) => one.name).filter((one) => !known.has(one) && !others.test(one))).toEqual([]);
      expect(new Set(env.map((one) => one.name)).size).toBe(env.length);
      const secret = env.filter((one) => /^(DATABASE_URL|CREDENTIALS_KEY|JWT_SECRET|AWS_.*)$/.test(one.name));
      expect(secret.filter((one) => one.value !== undefined || one.valueFrom?.['secretKeyRef'] === undefined)).toEqual(
        [],
      );
    }
    expect(rendered).not.toMatch(/^kind: Secret$/m);
  });

  it('selects what is there, once', () => {
    const labels = pods(manifests).map(({ spec }) => spec.template.metadata.labels);
    const fitting = (selector: Record<string, string>) =>
      labels.filter((all) => Object.entries(selector).every(([key, value]) => all[key] === value)).length;
    const selected = manifests.flatMap(({ kind, spec, metadata }) => {
      if (kind === 'PodDisruptionBudget')
        return [(spec.selector as { matchLabels: Record<string, string> }).matchLabels];
      return kind === 'Service' && !metadata.name.endsWith('-metrics') ? [spec.selector as Record<string, string>] : [];
    });
    expect(selected.map(fitting)).toEqual(selected.map(() => 1));
  });
});

describe('the chart', () => {
  it('migrates before it installs or upgrades anything, and needs nothing of the release for that', async () => {
    const jobs = manifestsOf(await template(ciValues('minimal'))).filter(({ kind }) => kind === 'Job');
    expect(jobs.map(({ metadata }) => metadata.annotations?.['helm.sh/hook'])).toEqual(['pre-install,pre-upgrade']);
    expect(podOf(jobs[0]!)).toMatchObject({
      serviceAccountName: 'default',
      containers: [{ command: ['node', 'dist/src/migrate.cli.js'] }],
    });
    expect(podOf(jobs[0]!).containers[0].env.map(({ name }) => name)).toEqual(['DATABASE_URL']);
  });

  it('lets a volume be a filestore itself, which lies below what its path is in', async () => {
    const values = ciValues('two-pools') as { workers: Record<string, Values> };
    const filestores = [{ name: 'shop', mountPath: '/srv/volumes/shop', existingClaim: 'shop', isFilestore: true }];
    const workers = { ...values.workers, eu: { ...values.workers['eu'], filestores } };
    const manifests = manifestsOf(await template({ ...values, workers }));
    const worker = manifests.find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.name.endsWith('worker-eu'),
    )!;
    expect(valueOf('FILESTORE_ROOTS', worker)).toBe('/srv/filestores/us:/srv/volumes');
    expect(JSON.stringify(podOf(worker).containers[0])).toContain('"mountPath":"/srv/volumes/shop"');
  });

  it('makes a deployment for each pool, and tells the API all places of filestores', async () => {
    const manifests = manifestsOf(await template(ciValues('two-pools'))).filter(({ kind }) => kind === 'Deployment');
    const told = manifests.map((one) => [
      one.metadata.name,
      valueOf('WORKER_POOLS', one),
      valueOf('FILESTORE_ROOTS', one),
    ]);
    const roots = '/srv/filestores/eu:/srv/filestores/us';
    expect(told.toSorted()).toEqual([
      ['release-snapback-api', 'of-no-api', roots],
      ['release-snapback-worker-eu', 'eu', roots],
      ['release-snapback-worker-us', 'us,us-big', roots],
    ]);
    const claims = manifests.map((one) =>
      podOf(one).volumes.flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? []),
    );
    expect(claims.toSorted()).toEqual([[], ['shops-eu'], ['shops-us']]);
  });

  it('hands numbers and booleans on as they were written', async () => {
    const [api] = manifestsOf(await template(ciValues('everything'))).filter(({ kind }) => kind === 'Deployment');
    const told = ['CAPTURE_MEMORY_BYTES', 'RETENTION_MAX_SHARE', 'DOCS_ENABLED', 'TRUST_PROXY'].map((name) =>
      valueOf(name, api!),
    );
    expect(told).toEqual(['268435456', '0.5', 'false', '10.0.0.0/8']);
  });

  it.each(REFUSALS)('refuses %s', async (_, over, where) => {
    const refused = await template(merged(ciValues('minimal'), over)).catch((error: Error) => error.message);
    expect(refused).toContain(`at '${where}'`);
  });

  it('refuses a release without workers, whatever removes them', async () => {
    const values = { ...ciValues('minimal'), workers: { default: null } };
    await expect(template(values)).rejects.toThrow(/workers/);
  });

  it('takes the rules of deploy/prometheus into a PrometheusRule as they are, and says so where it has none', async () => {
    const chart = join(scratch, 'with-rules');
    cpSync(CHART, chart, { recursive: true });
    rmSync(join(chart, 'files'), { recursive: true, force: true });
    const values = { ...ciValues('minimal'), prometheusRule: { enabled: true } };
    await expect(template(values, chart)).rejects.toThrow('there are no rules');
    const rendered = await template(values);
    // Helm has templates of its own, and leaves those of Prometheus alone.
    expect(manifestsOf(rendered).find(({ kind }) => kind === 'PrometheusRule')?.spec).toEqual(parse(RULES_TEXT));
    expect((await judged(rendered)).filter(({ status }) => status !== 'statusValid')).toEqual([]);
  });
});

it('those who judge the manifests see what is wrong with one', async () => {
  const rendered = await template(ciValues('everything'));
  const spoilt = rendered
    .replace('readOnlyRootFilesystem', 'readonlyRootFilesystem')
    .replace('averageUtilization: 70', 'averageUtilization: much')
    .replace('interval: 15s', 'intervall: 15s');
  const bad = (await judged(spoilt)).filter(({ status }) => status === 'statusInvalid').map(({ kind }) => kind);
  expect(bad.toSorted()).toEqual(['Deployment', 'HorizontalPodAutoscaler', 'ServiceMonitor']);
});
