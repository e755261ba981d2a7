import { buildSchema, type GraphQLFieldResolver, type GraphQLSchema, isObjectType } from 'graphql';
import { resolvers } from './resolvers.ts';
import type { Source } from './source.ts';

/** What the measured queries need of the gateway's schema, with the same names and types. */
const typeDefinitions = `
  scalar BigInt
  scalar CIDR
  scalar IPAddress
  scalar MACAddress
  enum GuestState { UNPLACED PENDING CREATING RUNNING STOPPED SUSPENDED DELETING ERROR UNKNOWN }
  enum GuestSortField { ID NAME }
  enum SortDirection { ASC DESC }
  input GuestFilter { states: [GuestState!] networkId: ID }
  input GuestOrder { field: GuestSortField! direction: SortDirection! = ASC }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Resources { memory: BigInt! disk: BigInt! cpu: BigInt! }
  type Hypervisor { id: ID! name: String ip: IPAddress totalResources: Resources! }
  type Flavor { id: ID! name: String imageId: ID! resources: Resources! }
  type Network { id: ID! name: String subnets(first: Int): SubnetConnection! }
  type Subnet {
    id: ID! name: String cidr: CIDR! gateway: IPAddress
    guests(first: Int, after: String, filter: GuestFilter, orderBy: GuestOrder): GuestConnection!
  }
  type Guest {
    id: ID! name: String type: String! state: GuestState! ip: IPAddress mac: MACAddress
    hypervisor: Hypervisor flavor: Flavor subnet: Subnet
  }
  type GuestConnection { nodes: [Guest!]! pageInfo: PageInfo! totalCount: Int! }
  type NetworkConnection { nodes: [Network!]! }
  type SubnetConnection { nodes: [Subnet!]! }
  type Query {
    guest(id: ID!): Guest
    guests(first: Int, after: String, filter: GuestFilter, orderBy: GuestOrder): GuestConnection!
    networks(first: Int): NetworkConnection!
  }
`;

export interface PeerContext {
  readonly source: Source;
}

// Parents and arguments are as the type definitions say: graphql has no types for that.
type FieldResolver = GraphQLFieldResolver<never, PeerContext, never>;

export function buildPeerSchema(): GraphQLSchema {
  const schema = buildSchema(typeDefinitions);
  for (const [typeName, fields] of Object.entries<Readonly<Record<string, FieldResolver>>>(resolvers)) {
    const type = schema.getType(typeName);
    if (!isObjectType(type)) throw new Error(`There is no type ${typeName}`);
    for (const [name, resolve] of Object.entries(fields)) {
      const field = type.getFields()[name];
      if (field === undefined) throw new Error(`There is no field ${typeName}.${name}`);
      field.resolve = resolve as GraphQLFieldResolver<unknown, unknown>; // see FieldResolver
    }
  }
  return schema;
}
