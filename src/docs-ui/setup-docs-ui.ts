import type { INestApplication } from '@nestjs/common';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { Contract } from '../contract/contract.js';
import { DOCS_STYLE } from './docs-look.js';
import { docsPage } from './docs-page.js';
import { uiDocument } from './ui-document.js';
import type { ExistingThings } from './ui-document.js';

export interface DocsUiOptions {
  /** What exists. It takes the place of the contract's examples in what the UI shows; asked for once, when somebody first opens it. */
  examples?: (() => ExistingThings) | undefined;
  /** Whether / leads here, since nothing else is there. */
  isAtRoot?: boolean;
}

/**
 * Serves Swagger UI on the contract at /docs (its document at /docs-json), and the contract as it
 * was written at /openapi.yaml and /openapi.json. Everything comes from this process.
 */
export function setupDocsUi(
  app: INestApplication,
  contract: Contract,
  { examples, isAtRoot = false }: DocsUiOptions = {},
): void {
  const document = (): OpenAPIObject => uiDocument(contract.document, examples?.() ?? {}) as unknown as OpenAPIObject;
  const http = app.getHttpAdapter();
  // In place of the page that comes with the module, whose styles are inline.
  http.get('/docs', (request: Request, response: Response) =>
    response.type('text/html').send(docsPage(request.path.endsWith('/') ? './' : './docs/')),
  );
  http.get('/docs/look.css', (_: Request, response: Response) => response.type('text/css').send(DOCS_STYLE));
  SwaggerModule.setup('docs', app, document, {
    raw: ['json'],
    swaggerOptions: {
      // Without the bar at the top, which would offer to load other documents.
      layout: 'BaseLayout',
      // A token lives as long as the page, and is in no storage of the browser.
      persistAuthorization: false,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
      // A badge that would send the document to a validator on the internet.
      validatorUrl: null,
    },
  });
  if (isAtRoot) http.get('/', (_: Request, response: Response) => response.redirect('/docs'));
  http.get('/openapi.yaml', (_: Request, response: Response) => response.type('application/yaml').send(contract.text));
  http.get('/openapi.json', (_: Request, response: Response) => response.json(contract.document));
}
