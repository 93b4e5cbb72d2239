import { describe, expect, it } from 'vitest';
import { discoveryUrl, parseProvider } from './oidc-provider.js';

const settings = { issuer: 'https://id.example/realms/a', clientId: 'console', scope: 'openid', audience: null };
const described = {
  issuer: settings.issuer,
  authorization_endpoint: 'https://id.example/auth',
  token_endpoint: 'https://tokens.example/token',
};

describe('what a provider says of itself', () => {
  it('is looked for below its issuer', () => {
    for (const issuer of ['https://id.example/a', 'https://id.example/a/'])
      expect(discoveryUrl({ issuer })).toBe('https://id.example/a/.well-known/openid-configuration');
  });

  it('is taken as far as the console needs it, with the defaults of the standard', () => {
    expect(parseProvider({ ...described, jwks_uri: 'https://id.example/keys' }, settings)).toEqual({
      ...settings,
      authorizationEndpoint: 'https://id.example/auth',
      tokenEndpoint: 'https://tokens.example/token',
      endSessionEndpoint: null,
      idTokenAlgorithms: ['RS256'],
    });
    const more = {
      ...described,
      end_session_endpoint: 'https://id.example/logout',
      code_challenge_methods_supported: ['plain', 'S256'],
      id_token_signing_alg_values_supported: ['ES256', 'EdDSA', 7, '<img>'],
    };
    expect(parseProvider(more, settings)).toMatchObject({
      endSessionEndpoint: 'https://id.example/logout',
      idTokenAlgorithms: ['ES256', 'EdDSA'],
    });
  });

  it.each([
    ['it calls itself nothing', null],
    ['it calls itself nothing', []],
    ['it calls itself "https://id.example/realms/b"', { ...described, issuer: 'https://id.example/realms/b' }],
    ['it calls itself "https://id.example/realms/a/"', { ...described, issuer: 'https://id.example/realms/a/' }],
    ['its authorization_endpoint is no https URL', { ...described, authorization_endpoint: 'javascript:alert(1)' }],
    ['its authorization_endpoint is no https URL', { ...described, authorization_endpoint: undefined }],
    ['its token_endpoint is no https URL', { ...described, token_endpoint: 'http://tokens.example/token' }],
    ['its token_endpoint is no https URL', { ...described, token_endpoint: `https://a/${'x'.repeat(3000)}` }],
    ['its end_session_endpoint is no https URL', { ...described, end_session_endpoint: 'data:text/html,x' }],
    ['it does not take PKCE with S256', { ...described, code_challenge_methods_supported: ['plain'] }],
  ])('is refused: %s', (sentence, document) => {
    expect(() => parseProvider(document, settings)).toThrow(sentence);
  });
});
