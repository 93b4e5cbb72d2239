// What the guide consists of, in the order in which one reads it. The texts are those of the repository; their links lead from file to file.

/**
 * Sections with their pages: the file that a page is made of, and what it is called in the navigation (else its heading).
 * What begins with "made:" is made when the guide is (guide/reference).
 */
export const SECTIONS = [
  {
    title: 'Start',
    pages: [
      { file: 'docs/README.md', at: 'index', name: 'Welcome' },
      { file: 'docs/start.md', name: 'Five-minute start' },
      { file: 'docs/concepts.md' },
      { file: 'docs/recipes.md' },
      { file: 'docs/applications.md' },
      { file: 'docs/trying-it-out.md', name: 'Look around' },
      { file: 'docs/glossary.md' },
    ],
  },
  {
    title: 'Use',
    pages: [
      { file: 'docs/environments.md' },
      { file: 'docs/snapshots.md' },
      { file: 'docs/rollbacks.md' },
      { file: 'examples/README.md', at: 'pipelines' },
      { file: 'docs/console.md', name: 'Console' },
      { file: 'docs/webhooks.md' },
      { file: 'cli/README.md', at: 'command-line', name: 'Command line' },
      { file: 'docs/clients.md' },
      { file: 'sdk/typescript/README.md', at: 'sdk/typescript', name: 'TypeScript' },
      { file: 'sdk/python/README.md', at: 'sdk/python', name: 'Python' },
      { file: 'sdk/go/README.md', at: 'sdk/go', name: 'Go' },
      { file: 'docs/limits.md' },
    ],
  },
  {
    title: 'Operate',
    pages: [
      { file: 'docs/operating.md', name: 'Operating' },
      { file: 'docs/troubleshooting.md' },
      { file: 'docs/recovery.md' },
      { file: 'docs/security.md' },
      { file: 'docs/running.md' },
      { file: 'deploy/README.md', at: 'deploying', name: 'Deploying' },
      { file: 'deploy/helm/snapback/README.md', at: 'deploying-kubernetes', name: 'On Kubernetes' },
      { file: 'deploy/systemd/README.md', at: 'deploying-systemd', name: 'With systemd' },
      { file: 'docs/vault.md' },
      { file: 'docs/audit.md' },
      { file: 'docs/tokens.md' },
      { file: 'docs/quotas.md' },
      { file: 'docs/metrics.md' },
      { file: 'docs/traces.md' },
    ],
  },
  {
    title: 'Reference',
    pages: [
      { file: 'made:api', name: 'API' },
      { file: 'made:api/tags' },
      { file: 'made:commands', name: 'Commands' },
      { file: 'docs/configuration.md', name: 'Configuration' },
      { file: 'docs/scripts.md' },
      { file: 'docs/vault-format.md' },
      { file: 'docs/contract/README.md', at: 'contract', name: 'How the contract changes' },
    ],
  },
  {
    title: 'Why',
    pages: [
      { file: 'docs/architecture.md' },
      { file: 'made:decisions', name: 'Decisions' },
      { file: 'docs/differential-capture.md' },
      { file: 'docs/reliability.md' },
      { file: 'docs/restorable.md', name: 'The corpus' },
      { file: 'docs/benchmarks.md' },
      { file: 'docs/dependencies.md' },
      { file: 'CONTRIBUTING.md', at: 'contributing' },
      { file: 'CHANGELOG.md', at: 'changes', name: 'Changes' },
    ],
  },
];

/** Folders of which every text is a page. One that no section has stands under "More", so that nothing is lost. */
export const WHOLE_FOLDERS = ['docs'];

/** Decisions stand on a page of their own, which lists them, and not in the navigation. */
export const DECISIONS = 'docs/adr';

/** What else people are sent to, and the guide has as it is. */
export const FILES = ['openapi.yaml', 'LICENSE'];
