import { assertScalarType, GraphQLSchema, printSchema } from 'graphql';
import './scalars.ts';
import './query.ts';
import './node.ts';
import './cluster.ts';
import './mutation.ts';
import './network.ts';
import './network-mutation.ts';
import './subnet.ts';
import './subnet-mutation.ts';
import './network-subnet-mutation.ts';
import './address-mutation.ts';
import './hypervisor.ts';
import './hypervisor-mutation.ts';
import './hypervisor-subnet-mutation.ts';
import './hypervisor-config-mutation.ts';
import './heartbeat-mutation.ts';
import './guest.ts';
import './placement.ts';
import './guest-create-mutation.ts';
import './guest-place-mutation.ts';
import './guest-mutation.ts';
import './guest-action-mutation.ts';
import './guest-delete-mutation.ts';
import './flavor.ts';
import './flavor-mutation.ts';
import './firewall-group.ts';
import './firewall-group-mutation.ts';
import './vlan.ts';
import './vlan-mutation.ts';
import './vlan-group.ts';
import './vlan-group-mutation.ts';
import './job.ts';
import './job-mutation.ts';
import './config-entry.ts';
import './config-entry-mutation.ts';
import './broken-record.ts';
import './subscription.ts';
import './heartbeat-event.ts';
import './guest-event.ts';
import './job-event.ts';
import './change-event.ts';
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
