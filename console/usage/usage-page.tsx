import { Page } from '../ui/page.js';

export function UsagePage() {
  return <Page title="UsagePage" />;
}
