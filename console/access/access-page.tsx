import { Page } from '../ui/page.js';

export function AccessPage() {
  return <Page title="AccessPage" />;
}
