import type { Values } from './chart.js';

/** What is laid over the least that the chart is content with, and where what is wrong with it is said to be. */
export const REFUSALS: [what: string, over: Values, where: string][] = [
  ['no URL of a database', { database: { existingSecret: '' } }, '/database/existingSecret'],
  ['no key for credentials', { credentialsKey: { existingSecret: '' } }, '/credentialsKey/existingSecret'],
  ['no master key', { vault: { masterKey: { existingSecret: '' } } }, '/vault/masterKey/existingSecret'],
  ['no vault', { vault: { s3: { bucket: '' } } }, '/vault'],
  ['two vaults', { vault: { persistentVolumeClaim: { existingClaim: 'vault' } } }, '/vault'],
  ['no keys of tokens', { tokens: { jwtSecret: { existingSecret: '' } } }, '/tokens'],
  ['two kinds of keys of tokens', { tokens: { jwksUrl: 'https://id.internal/keys' } }, '/tokens'],
  ['a key that nobody knows', { replicas: 3 }, ''],
  ['a key that nobody knows, further down', { api: { replica: 3 } }, '/api'],
  ['a key of a worker that nobody knows', { workers: { default: { pool: 'eu' } } }, '/workers/default'],
  ['a worker without pools', { workers: { eu: { replicas: 1 } } }, '/workers/eu'],
  ['a worker with no pools', { workers: { eu: { pools: [] } } }, '/workers/eu/pools'],
  ['a pool whose name is none', { workers: { eu: { pools: ['Europe'] } } }, '/workers/eu/pools/0'],
  [
    'the name that API processes go by in place of pools',
    { workers: { eu: { pools: ['of-no-api'] } } },
    '/workers/eu/pools/0',
  ],
  ['pools for all workers', { workerDefaults: { pools: ['eu'] } }, '/workerDefaults'],
  ['the tag latest', { image: { tag: 'latest' } }, '/image/tag'],
  ['a tag in the repository', { image: { repository: 'registry.internal/snapback:latest' } }, '/image/repository'],
  ['a secret in place of a variable', { config: { JWT_SECRET: 'secret' } }, '/config'],
  ['a variable that nobody reads', { config: { LOGLEVEL: 'debug' } }, '/config'],
  ['a variable that the chart sets', { workers: { default: { config: { ROLE: 'all' } } } }, '/workers/default/config'],
  [
    'a filestore that is nowhere',
    { workers: { default: { filestores: [{ name: 'shops', mountPath: '/srv/shops' }] } } },
    '/workers/default/filestores/0',
  ],
  [
    'a filestore whose path cannot stand in a list',
    { workers: { default: { filestores: [{ name: 'shops', mountPath: '/srv/a:b', existingClaim: 'shops' }] } } },
    '/workers/default/filestores/0/mountPath',
  ],
  [
    'a filestore of its own right below the root of the file system',
    {
      workers: {
        default: { filestores: [{ name: 'shop', mountPath: '/shop', existingClaim: 'shop', isFilestore: true }] },
      },
    },
    '/workers/default/filestores/0/mountPath',
  ],
  ['root in all but its name', { workers: { default: { runAsUser: 0 } } }, '/workers/default/runAsUser'],
  ['a grace period longer than there is', { api: { shutdownGraceSeconds: 3601 } }, '/api/shutdownGraceSeconds'],
  ['an Ingress without TLS', { ingress: { enabled: true, hosts: ['snapback.internal'] } }, '/ingress/tlsSecret'],
  ['a route to no gateway', { httpRoute: { enabled: true } }, '/httpRoute/parentRefs'],
];
