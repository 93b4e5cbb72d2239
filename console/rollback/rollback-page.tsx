import { Page } from '../ui/page.js';

export function RollbackPage() {
  return <Page title="RollbackPage" />;
}
