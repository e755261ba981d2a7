import { assertScalarType, GraphQLSchema, printSchema } from 'graphql';
import './scalars.ts';
import './query.ts';
import './node.ts';
import './cluster.ts';
import './mutation.ts';
import './network.ts';
import './network-mutation.ts';
import './subnet.ts';
import './hypervisor.ts';
import './guest.ts';
import './flavor.ts';
import './firewall-group.ts';
import './vlan.ts';
import './vlan-group.ts';
import './job.ts';
import './config-entry.ts';
import './broken-record.ts';
import { withAtDirective } from './at-directive.ts';
import { builder } from './builder.ts';

export { atDirectiveName } from './at-directive.ts';

/** The whole schema. */
export function buildSchema(): GraphQLSchema {
  const schema = inReadingOrder(builder.toSchema({ sortSchema: false }));
  return withAtDirective(schema, assertScalarType(schema.getType('Revision')));
}

/** Query first, then each type where something first leads to it, then those that nothing leads to. */
function inReadingOrder(schema: GraphQLSchema): GraphQLSchema {
  const config = schema.toConfig();
  const reached = new GraphQLSchema({ query: config.query }).getTypeMap();
  const unreached = config.types.filter(({ name }) => !Object.hasOwn(reached, name));
  return new GraphQLSchema({ ...config, types: [...Object.values(reached), ...unreached] });
}

/** The text of schema.graphql. */
export function printedSchema(): string {
  return `${printSchema(buildSchema())}\n`;
}
