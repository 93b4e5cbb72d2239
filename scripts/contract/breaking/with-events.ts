import type { Node } from './node.js';

const STREAM = 'text/event-stream';
/** No answer has this type: it stands for "what the events of the stream are". */
const EVENTS = 'application/vnd.snapback.events+json';

/**
 * The same document with the events of each stream as one more body of its answer, an object with a property for each kind of event:
 * whoever compares two documents without knowing `x-events` sees then what has become of them. Pure.
 */
export function withEvents(document: Node): Node {
  const paths = Object.entries((document.paths ?? {}) as Record<string, Node>).map(([path, item]) => [
    path,
    Object.fromEntries(Object.entries(item).map(([method, operation]) => [method, eventful(operation)])),
  ]);
  return { ...document, paths: Object.fromEntries(paths) };
}

function eventful(operation: unknown): unknown {
  const { 'x-events': events, responses } = (operation ?? {}) as Node;
  if (events === undefined) return operation;
  const schema = { type: 'object', required: Object.keys(events as Node), properties: events };
  const answers = Object.entries(responses as Record<string, Node>).map(([status, response]) => {
    const content = (response.content ?? {}) as Node;
    return [status, STREAM in content ? { ...response, content: { ...content, [EVENTS]: { schema } } } : response];
  });
  return { ...(operation as Node), responses: Object.fromEntries(answers) };
}
