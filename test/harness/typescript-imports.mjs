import { registerHooks } from 'node:module';

// For a test that needs a process of its own: Node strips the types, this finds `x.ts` where `x.js` is imported.
registerHooks({
  resolve(specifier, context, next) {
    const fromTypeScript = context.parentURL?.endsWith('.ts') && specifier.startsWith('.');
    return next(fromTypeScript ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});
