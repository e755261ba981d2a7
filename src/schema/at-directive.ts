import { DirectiveLocation, GraphQLDirective, GraphQLNonNull, type GraphQLScalarType, GraphQLSchema } from 'graphql';

/** How the directive is called in documents. */
export const atDirectiveName = 'at';

/** The same schema, in which a query may say at which revision it is read. What it does is up to whoever runs the operation. */
export function withAtDirective(schema: GraphQLSchema, revision: GraphQLScalarType): GraphQLSchema {
  const at = new GraphQLDirective({
    name: atDirectiveName,
    description:
      'Reads the whole query as the store was at this revision. Fails with REVISION_COMPACTED when the store does not know that revision any more, and with BAD_USER_INPUT when it is above the newest. For clients without a cache: theirs would mix the answer with newer ones.',
    locations: [DirectiveLocation.QUERY],
    args: {
      revision: {
        type: new GraphQLNonNull(revision),
        description: "The revision to read at, such as another answer's `extensions.revision`.",
      },
    },
  });
  const config = schema.toConfig();
  return new GraphQLSchema({ ...config, directives: [...config.directives, at] });
}
