import { defineConfig } from '@hey-api/openapi-ts';

// The service's types, and the interfaces its controllers implement.
const service = {
  input: './openapi.yaml',
  output: { path: process.env.CONTRACT_OUT ?? './src/contract/generated', clean: true, module: { extension: '.js' } },
  plugins: ['@hey-api/typescript', 'nestjs'],
} as const;

// The TypeScript client. What is sent and never read, such as a password, is only in schemas of what is sent: a second type of each, without
// it, would have the better name and be of no use.
const sdk = {
  input: './openapi.yaml',
  parser: { transforms: { readWrite: false } },
  output: { path: process.env.SDK_OUT ?? './sdk/typescript/generated', clean: true, module: { extension: '.js' } },
  plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk', '@tanstack/react-query'],
} as const;

export default defineConfig([service, sdk]);
