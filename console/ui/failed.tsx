import { SnapbackError } from '../../sdk/typescript/index.js';
import { Button } from './button.js';

/**
 * What went wrong, in the sentence of the service, and under which id its log knows more. That the token is not taken any more is said once,
 * by the dialog that lies over the page then.
 */
export function Failed({ error, again }: { error: unknown; again?: () => void }) {
  if (error instanceof SnapbackError && error.status === 401) return null;
  const { detail, code, requestId } = explain(error);
  return (
    <div role="alert" className="rounded-box border border-bad/50 bg-bad-soft px-4 py-3 text-sm">
      <p className="font-medium text-bad">{detail}</p>
      {(code !== undefined || requestId !== undefined) && (
        <p className="mt-1 text-soft">
          {code !== undefined && <code className="font-mono text-xs">{code}</code>}
          {requestId !== undefined && <span className="text-xs"> · request {requestId}</span>}
        </p>
      )}
      {again !== undefined && (
        <Button size="small" className="mt-3" onClick={again}>
          Try again
        </Button>
      )}
    </div>
  );
}

export function explain(error: unknown): { detail: string; code?: string; requestId?: string } {
  if (error instanceof SnapbackError)
    return {
      detail: error.detail,
      ...(error.code !== undefined && { code: error.code }),
      ...(error.requestId !== undefined && { requestId: error.requestId }),
    };
  return { detail: error instanceof Error ? error.message : 'Something went wrong in this page.' };
}
