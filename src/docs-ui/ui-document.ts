import { METHODS, type OpenApiDocument, type Parameter, type PathItem } from '../contract/openapi-document.js';

/**
 * The contract as Swagger UI shows it best: with ids that exist in its examples, and with the
 * parameters of a path at each of its operations. (Where those of a path are references, the UI
 * shows an empty field without a name.)
 *
 * @param ids by name of the path parameter
 */
export function uiDocument(document: OpenApiDocument, ids: Readonly<Record<string, string>>): OpenApiDocument {
  const copy: OpenApiDocument & { servers?: unknown } = withIds(document, ids);
  // There is one, this: a menu of it would only be in the way.
  delete copy.servers;
  for (const item of Object.values(copy.paths)) moveParameters(item);
  return copy;
}

/** The contract uses one example id for each kind of thing, everywhere: all its places change together. */
function withIds(document: OpenApiDocument, ids: Readonly<Record<string, string>>): OpenApiDocument {
  const parameters = Object.values(document.components.parameters ?? {}) as (Parameter & { example?: unknown })[];
  let text = JSON.stringify(document);
  for (const { name, example } of parameters) {
    const id = ids[name];
    if (id !== undefined && typeof example === 'string') text = text.replaceAll(inJson(example), () => inJson(id));
  }
  return JSON.parse(text) as OpenApiDocument;
}

/** As the text stands within a JSON string. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function moveParameters(item: PathItem): void {
  const { parameters: shared = [] } = item;
  delete item.parameters;
  for (const method of METHODS) {
    const operation = item[method];
    if (operation !== undefined) operation.parameters = [...shared, ...(operation.parameters ?? [])];
  }
}
