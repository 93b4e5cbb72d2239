import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type SearchSchemaInput,
} from '@tanstack/react-router';
import { NotFound, RouteFailed, RouteLoading } from './route-states.js';
import { Shell } from './shell.js';

/** What stands behind a question mark in an address: each is optional, and what is not known is passed over. */
function texts<const Names extends readonly string[]>(...names: Names) {
  return (search: Record<string, unknown> & SearchSchemaInput): { [N in Names[number]]?: string } => {
    const known = names.flatMap((name) => {
      const value = search[name];
      // What somebody has written by hand, such as the directory 2026, comes as a number.
      const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
      return typeof text === 'string' && text !== '' ? [[name, text] as const] : [];
    });
    return Object.fromEntries(known) as { [N in Names[number]]?: string };
  };
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const environment = '/projects/$projectId/environments/$environmentId';

const routes = [
  createRoute({
    getParentRoute: () => root,
    path: '/',
    validateSearch: texts('q', 'state', 'project'),
    component: lazyRouteComponent(() => import('../overview/overview-page.js'), 'OverviewPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: environment,
    validateSearch: texts('status', 'trigger', 'restorability', 'pinned'),
    component: lazyRouteComponent(() => import('../environment/environment-page.js'), 'EnvironmentPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: `${environment}/settings`,
    component: lazyRouteComponent(() => import('../environment/settings/settings-page.js'), 'SettingsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: `${environment}/rules`,
    component: lazyRouteComponent(() => import('../environment/rules/rules-page.js'), 'RulesPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: `${environment}/snapshots/$snapshotId`,
    component: lazyRouteComponent(() => import('../snapshot/snapshot-page.js'), 'SnapshotPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: `${environment}/snapshots/$snapshotId/new-environment`,
    component: lazyRouteComponent(() => import('../environment/new/new-environment-page.js'), 'NewEnvironmentPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: `${environment}/snapshots/$snapshotId/tables`,
    validateSearch: texts('search'),
    component: lazyRouteComponent(() => import('../contents/tables/tables-page.js'), 'TablesPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: `${environment}/snapshots/$snapshotId/files`,
    validateSearch: texts('path', 'pathBase64', 'search'),
    component: lazyRouteComponent(() => import('../contents/files/files-page.js'), 'FilesPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: `${environment}/snapshots/$snapshotId/compare`,
    validateSearch: texts('with', 'environment', 'part'),
    component: lazyRouteComponent(() => import('../contents/compare/compare-page.js'), 'ComparePage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: `${environment}/rollback`,
    validateSearch: texts('snapshot', 'target', 'safety'),
    component: lazyRouteComponent(() => import('../rollback/plan-page.js'), 'PlanPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/rollbacks/$deploymentId',
    component: lazyRouteComponent(() => import('../rollback/rollback-page.js'), 'RollbackPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/operations',
    validateSearch: texts('state', 'kind'),
    component: lazyRouteComponent(() => import('../operations/operations-page.js'), 'OperationsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/audit',
    validateSearch: texts(
      'actor',
      'operation',
      'outcome',
      'project',
      'environment',
      'subject',
      'request',
      'since',
      'until',
    ),
    component: lazyRouteComponent(() => import('../audit/audit-page.js'), 'AuditPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/usage',
    validateSearch: texts('from', 'to', 'project'),
    component: lazyRouteComponent(() => import('../usage/usage-page.js'), 'UsagePage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/webhooks',
    validateSearch: texts('project', 'webhook'),
    component: lazyRouteComponent(() => import('../webhooks/webhooks-page.js'), 'WebhooksPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/access',
    component: lazyRouteComponent(() => import('../access/access-page.js'), 'AccessPage'),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren(routes),
  defaultPreload: 'intent',
  defaultPendingComponent: RouteLoading,
  defaultErrorComponent: RouteFailed,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
