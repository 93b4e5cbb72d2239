import { defineConfig } from '@hey-api/openapi-ts';

// The service's types, and the interfaces its controllers implement.
const service = {
  input: './openapi.yaml',
  output: { path: process.env.CONTRACT_OUT ?? './src/contract/generated', clean: true, module: { extension: '.js' } },
  plugins: ['@hey-api/typescript', 'nestjs'],
} as const;

// The TypeScript client.
const sdk = {
  input: './openapi.yaml',
  output: { path: process.env.SDK_OUT ?? './sdk/typescript/generated', clean: true, module: { extension: '.js' } },
  plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
} as const;

export default defineConfig([service, sdk]);
