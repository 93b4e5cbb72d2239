import { DOCS_FAVICON } from './docs-look.js';

/**
 * The page of Swagger UI. Nothing in it is inline, neither script nor style, so that the policy of the page need
 * not allow anything that is: what somebody might bring into it is not run.
 *
 * @param base where its files lie, seen from the page
 */
export function docsPage(base: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Snapback API</title>
  <link rel="icon" href="${DOCS_FAVICON}">
  <link rel="stylesheet" href="${base}swagger-ui.css">
  <link rel="stylesheet" href="${base}look.css">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="${base}swagger-ui-bundle.js"></script>
  <script src="${base}swagger-ui-standalone-preset.js"></script>
  <script src="${base}swagger-ui-init.js"></script>
</body>
</html>
`;
}
