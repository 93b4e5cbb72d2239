import { Page } from '../ui/page.js';

export function WebhooksPage() {
  return <Page title="WebhooksPage" />;
}
