/** An arrow that turns back, white on the colour of the page's accents. */
const ICON = [
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">',
  '<rect width="32" height="32" rx="7" fill="#0f6b5c"/>',
  '<path d="M9 12.5h9.5a5.5 5.5 0 1 1 0 11H12" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/>',
  '<path d="M13 7.5l-5 5 5 5" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/>',
  '</svg>',
].join('');

export const DOCS_FAVICON = `data:image/svg+xml;base64,${Buffer.from(ICON).toString('base64')}`;

/** One typeface, one accent colour, more air; methods keep colours of their own, but quieter ones. */
export const DOCS_STYLE = `
:root { --accent: #0f6b5c; --ink: #1d2b2a; --soft: #5b6b69; --line: #dfe6e4; --paper: #ffffff; --ground: #f6f8f7; }
html { box-sizing: border-box; overflow-y: scroll; }
*, *::before, *::after { box-sizing: inherit; }
body { margin: 0; background: var(--ground); }
.swagger-ui, .swagger-ui .info .title, .swagger-ui .opblock-tag, .swagger-ui .opblock .opblock-summary-description,
.swagger-ui .btn, .swagger-ui table thead tr td, .swagger-ui table thead tr th, .swagger-ui .tab li,
.swagger-ui .opblock .opblock-section-header h4, .swagger-ui label, .swagger-ui .parameter__name,
.swagger-ui .response-col_status, .swagger-ui select, .swagger-ui .dialog-ux .modal-ux-header h3, .swagger-ui p {
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: var(--ink);
}
.swagger-ui .wrapper { max-width: 1120px; padding: 0 32px; }
.swagger-ui .info { margin: 40px 0 16px; }
.swagger-ui .info .title { font-size: 32px; font-weight: 650; letter-spacing: -0.02em; line-height: 42px;
  padding-left: 56px; background: url("${DOCS_FAVICON}") left center / 42px 42px no-repeat; }
.swagger-ui .info__summary p { font-size: 17px; color: var(--soft); margin: 12px 0 0; }
.swagger-ui .info .renderedMarkdown p { font-size: 15px; line-height: 1.6; max-width: 88ch; margin: 14px 0; }
.swagger-ui .info .title small { top: -3px; margin-left: 10px; padding: 3px 9px; border-radius: 20px; background: #64736f; }
.swagger-ui .info .title small.version-stamp { background: var(--accent); }
.swagger-ui .info .title small pre { line-height: 1.4; }
.swagger-ui .info .title span { display: inline-flex; align-items: center; vertical-align: middle; line-height: 1; }
.swagger-ui .markdown code, .swagger-ui .renderedMarkdown code { color: var(--accent); background: #e7efed; border-radius: 4px;
  padding: 2px 5px; font-weight: 500; }
.swagger-ui .scheme-container { background: transparent; box-shadow: none; padding: 0 0 8px; margin: 0; }
.swagger-ui .scheme-container .schemes { justify-content: flex-end; }
.swagger-ui .response-col_links { display: none; }
.swagger-ui .parameters-col_description input[type="text"] { max-width: 360px; width: 100%; }
.swagger-ui .info__license__url { font-size: 13px; }
.swagger-ui .btn { border-radius: 8px; box-shadow: none; }
.swagger-ui .btn.authorize, .swagger-ui .btn.execute { background: var(--accent); border-color: var(--accent); color: #fff; }
.swagger-ui .btn.authorize svg { fill: #fff; }
.swagger-ui .btn.authorize span { color: #fff; }
.swagger-ui .opblock-body .renderedMarkdown p, .swagger-ui .response-col_description .renderedMarkdown p { font-size: 14px; }
.swagger-ui .opblock .tab-header .tab-item.active h4 span::after { background: var(--accent); }
.swagger-ui .body-param__text { min-height: 150px; font-size: 13px; }
.swagger-ui .opblock-tag { border-bottom: 1px solid var(--line); font-size: 20px; font-weight: 620; padding: 14px 4px; margin: 0; }
.swagger-ui .opblock-tag small { color: var(--soft); font-size: 14px; }
.swagger-ui .opblock { border-radius: 10px; box-shadow: none; border-width: 1px; margin: 8px 0; overflow: hidden;
  background: var(--paper) !important; border-color: var(--line) !important; }
.swagger-ui .opblock .opblock-summary { padding: 8px 10px; border-color: var(--line) !important; }
.swagger-ui .opblock .opblock-summary-method { border-radius: 7px; font-size: 12px; font-weight: 650; min-width: 72px;
  padding: 7px 0; text-shadow: none; }
.swagger-ui .opblock.opblock-get .opblock-summary-method { background: #2d6a9f; }
.swagger-ui .opblock.opblock-post .opblock-summary-method { background: #0f7a5c; }
.swagger-ui .opblock.opblock-patch .opblock-summary-method { background: #8a6412; }
.swagger-ui .opblock.opblock-delete .opblock-summary-method { background: #b3403a; }
.swagger-ui .opblock .opblock-summary-path { font-size: 14px; font-weight: 560; color: var(--ink); }
.swagger-ui .opblock .opblock-summary-description { color: var(--soft); font-size: 14px; }
.swagger-ui .opblock .opblock-section-header { background: var(--ground); box-shadow: none; border-bottom: 1px solid var(--line); }
.swagger-ui section.models { border: 1px solid var(--line); border-radius: 10px; background: var(--paper); }
.swagger-ui input, .swagger-ui select, .swagger-ui textarea { border-radius: 7px !important; box-shadow: none !important; }
`;
