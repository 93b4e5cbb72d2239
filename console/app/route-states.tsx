import { Link, type ErrorComponentProps } from '@tanstack/react-router';
import { Failed } from '../ui/failed.js';
import { Loading } from '../ui/loading.js';
import { Page } from '../ui/page.js';

export function RouteLoading() {
  return <Loading what="the page" />;
}

/** The page itself could not be had, such as after an update of the service that took its files with it. */
export function RouteFailed({ error }: ErrorComponentProps) {
  return (
    <Page title="This page did not load">
      <Failed error={error} again={() => location.reload()} />
    </Page>
  );
}

export function NotFound() {
  return (
    <Page title="There is no such page">
      <p className="text-soft">
        The address may be mistyped, or of another version of Snapback.{' '}
        <Link to="/" className="text-accent underline">
          All environments
        </Link>{' '}
        are a good place to begin again.
      </p>
    </Page>
  );
}
