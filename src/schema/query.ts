import { builder } from './builder.ts';

builder.queryType({
  description: 'Everything that can be read. All fields of one operation see the store at one revision.',
  fields: (t) => ({
    revision: t.field({
      type: 'Revision',
      description:
        'The store revision that this operation reads, the same as `extensions.revision`: pass it to `@at` to read this state again.',
      resolve: (_root, _args, context) => context.snapshot.revision(),
    }),
  }),
});
