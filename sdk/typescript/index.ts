export * from './generated/types.gen.js';
export { connect } from './connect.js';
export type { ConnectOptions } from './connect.js';
export { Download } from './downloads/download.js';
export type { DownloadOptions } from './downloads/download.js';
export type { FilePath } from './downloads/file-source.js';
export {
  DeploymentEndedError,
  ExportNotCompletedError,
  GateClosedError,
  ItemRestoreNotCompletedError,
  RollbackNotCompletedError,
  SnapshotNotCompletedError,
} from './errors/ended-otherwise.js';
export { NoAnswerError, SnapbackError, TimeOutError } from './errors/snapback-error.js';
export type { GatedDeployment } from './groups/deployments.js';
export { Pages } from './pages.js';
export type { Page } from './pages.js';
export type { CallOptions, ChangeOptions, ListOptions, StartOptions, ViewOptions } from './requests/calls.js';
export { tagOf } from './requests/tags.js';
export { result } from './result.js';
export { Snapback } from './snapback.js';
export type { SnapbackOptions } from './snapback.js';
export { sqlName } from './sql-name.js';
export type { StreamOptions } from './streams/follow.js';
export { verifyWebhook, WebhookVerificationError } from './webhooks/verify-webhook.js';
export type { WebhookEvent, WebhookHeaders } from './webhooks/verify-webhook.js';
export type { WaitOptions } from './streams/streams.js';
