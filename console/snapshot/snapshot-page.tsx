import { Page } from '../ui/page.js';

export function SnapshotPage() {
  return <Page title="SnapshotPage" />;
}
