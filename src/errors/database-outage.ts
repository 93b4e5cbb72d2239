/** Errors of the network and of a server that is away, starting, stopping or full. */
const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ETIMEDOUT',
]);
/** Those, and of a server that has ended a session that stood still, or a wait for one. */
const SERVER_CODES = /^(08...|57P0[1-5]|53300|25P03|55P03)$/;

/** Drivers report these without a code. */
const DRIVER_MESSAGES = /^(Connection terminated|timeout exceeded when trying to connect|Connection ended)/;

/**
 * Whether an error says that the service's own database is away. For errors that no one has turned
 * into a `Problem`: what an environment's database says is the business of those who asked it.
 */
export function isDatabaseOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (isOutage(error)) return true;
  // TypeORM keeps what the driver said; Node tries several addresses and reports each.
  const { driverError } = error as { driverError?: unknown };
  if (driverError instanceof Error) return driverError !== error && isDatabaseOutage(driverError);
  return error instanceof AggregateError && error.errors.some(isDatabaseOutage);
}

function isOutage(error: Error): boolean {
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return NETWORK_CODES.has(code) || SERVER_CODES.test(code);
  return DRIVER_MESSAGES.test(error.message);
}
