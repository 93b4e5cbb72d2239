/**
 * The direction: request → controller → service → job → engine → vault. What is lower knows nothing of what is higher; it announces,
 * and what is higher listens (`src/announcements`). See docs/architecture.md.
 */

/** Each may import those before it. */
const FEATURES = ['projects', 'settings', 'snapshots', 'deployments', 'rollbacks'];
/** On top of some of them, and beside each other. */
const BESIDE = {
  access: ['projects'],
  contents: ['projects', 'snapshots'],
  exports: ['projects', 'settings', 'snapshots', 'contents'],
  'item-restores': [...FEATURES, 'contents'],
  retention: ['projects', 'settings', 'snapshots'],
  schedules: ['projects', 'settings', 'snapshots'],
  provisioning: ['projects', 'snapshots', 'deployments', 'rollbacks'],
  protection: ['projects', 'settings', 'snapshots'],
  metrics: [...FEATURES, 'health', 'protection', 'replication'],
  'disaster-recovery': ['projects', 'snapshots'],
  webhooks: ['projects', 'snapshots', 'deployments', 'rollbacks'],
  usage: ['projects', 'snapshots'],
  replication: ['projects', 'snapshots'],
  operations: [],
  health: [],
};

const ALL = [...FEATURES, ...Object.keys(BESIDE)];
const CODE = '\\.(ts|mts|mjs)$';
const folders = (names) => `^src/(${names.join('|')})/`;

function featureRule(feature) {
  const below = BESIDE[feature] ?? FEATURES.slice(0, FEATURES.indexOf(feature));
  const others = ALL.filter((name) => name !== feature && !below.includes(name));
  const comment =
    'Features reach each other in one direction; the other way what happens is announced, and listened to.';
  return error(`${feature}-reaches-down-only`, comment, folders([feature]), folders(others));
}

function error(name, comment, from, to) {
  return { name, comment, severity: 'error', from: { path: from }, to: typeof to === 'string' ? { path: to } : to };
}

export default {
  forbidden: [
    error('the-vault-stands-alone', 'The vault imports nothing of the project.', '^src/vault/', {
      path: '^src/',
      pathNot: '^src/vault/',
    }),
    error(
      'the-engine-stands-on-the-vault',
      'The engine imports the vault, and nothing else of the project.',
      '^src/engine/',
      {
        path: '^src/',
        pathNot: '^src/(engine|vault)/',
      },
    ),
    error('engine-and-vault-are-plain', 'No framework, no database mapper.', '^src/(engine|vault)/', {
      path: 'node_modules/(@nestjs|typeorm|express|rxjs|pg-boss)/',
    }),
    {
      ...error(
        'what-is-shared-knows-no-feature',
        'Let the feature register what is to be called.',
        '^src/',
        folders(ALL),
      ),
      from: { path: '^src/[^/]+/', pathNot: folders(ALL) },
    },
    ...ALL.map(featureRule),
    {
      ...error(
        'only-tracing-knows-the-sdk',
        'Spans are made by the API; the SDK is loaded where there is an endpoint.',
        '^src/',
        { path: 'node_modules/@opentelemetry/(?!api/)' },
      ),
      from: { path: '^src/', pathNot: '^src/tracing/' },
    },
    error('nobody-imports-the-top', 'They put everything together.', '^src/[^/]+/', {
      path: '^src/(main|app\\.module|start-service)' + CODE,
    }),
    error('the-service-knows-no-test', 'What only tests need stands in test/.', '^src/', {
      path: '^(test|bench|quickstart)/',
    }),
    error(
      'the-command-line-is-a-client',
      'It knows the service by its client, and nothing else of the project.',
      '^cli/',
      {
        path: '^(src|test|bench|quickstart|sdk)/',
        pathNot: '^sdk/typescript/index' + CODE,
      },
    ),
    error(
      'the-console-is-a-client',
      'It knows the service by its client and the generated operations, and nothing else of the project. A spec may hold it against the service.',
      '^console/(?!.*\\.spec\\.ts$)',
      {
        path: '^(src|test|bench|quickstart|cli|sdk)/',
        pathNot: '^sdk/typescript/(index|result|generated/)',
      },
    ),
    error(
      'nobody-imports-the-console',
      'It is built, and served as files.',
      '^(src|cli|sdk|quickstart|bench)/',
      '^console/.*(?<!build\\.mjs)$',
    ),
    { name: 'no-circles', comment: 'A third idea is missing.', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    includeOnly:
      '^(src|test|bench|quickstart|sdk/typescript|cli|console|node_modules/(@nestjs|@opentelemetry|typeorm|express|rxjs|pg-boss))',
    exclude: { path: '/generated/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.json'] },
  },
};
