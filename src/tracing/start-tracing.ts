import type { Configuration } from '../config/configuration.js';

/** What was started, to be stopped when nothing makes spans any more. */
export interface Tracing {
  /** Sends what is left, for a moment, and resolves however that goes. */
  stop(): Promise<void>;
}

/** Before the application starts: has its spans exported where an endpoint says so. Without one no part of the SDK is loaded. */
export async function startTracing(configuration: Configuration): Promise<Tracing> {
  if (!isTraced(configuration)) return { stop: async () => undefined };
  const { startSdk } = await import('./sdk.js');
  return startSdk(configuration);
}

function isTraced(configuration: Configuration): boolean {
  const { OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER } = configuration;
  if (OTEL_SDK_DISABLED || OTEL_TRACES_EXPORTER === 'none') return false;
  return (configuration.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? configuration.OTEL_EXPORTER_OTLP_ENDPOINT) !== undefined;
}
