import SchemaBuilder, {
  BasePlugin,
  type FieldNullability,
  type InputFieldMap,
  type PothosOutputFieldConfig,
  type SchemaTypes,
  type TypeParam,
} from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';
import type { NeededRole, Viewer } from '../auth/index.ts';
import type { Context } from '../context.ts';
import { requireOwnHypervisor, requireRole } from '../resolvers/access.ts';
import { isForAgents, mayHoldAgentFields } from './agent-field.ts';

interface RoleOption {
  /** Whoever has less is answered FORBIDDEN, before anything is read. */
  readonly role: NeededRole;
}

interface AgentOption {
  /** The argument that names a hypervisor whose agent may ask for the field too. */
  readonly agentOf?: string;
}

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      roles: RolePlugin<Types>;
    }
    export interface QueryFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveReturnShape,
    > extends Partial<RoleOption> {}
    export interface MutationFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveReturnShape,
    > extends RoleOption,
        AgentOption {}
    export interface SubscriptionFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveShape,
      ResolveReturnShape,
    > extends Partial<RoleOption> {}
  }
}

/** What a field says of who may ask for it, in its `extensions.access`. */
export interface FieldAccess extends RoleOption, AgentOption {}

type Guard = (args: object, viewer: Viewer) => void;

/**
 * The one place where roles are enforced: each field of Query, Mutation and Subscription has a guard in front of its resolver, and so has
 * each field of what an agent is answered that is not for agents, also where it comes from an interface: a field of that is built for each
 * type that has it. Whoever executes the schema executes them.
 */
export class RolePlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(config: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const access = accessOf(config);
    if (access === null) return config;
    const description = `${config.description ?? ''} ${sentenceOf(access)}`;
    return { ...config, description, extensions: { ...config.extensions, access } };
  }

  override wrapResolve(
    resolve: GraphQLFieldResolver<unknown, Types['Context'], object>,
    config: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    const guard = guardOf(config);
    if (guard === null) return resolve;
    return (source, args, context, info) => {
      // The builder's own context: a plugin's types can't say so.
      guard(args, (context as Context).viewer);
      return resolve(source, args, context, info);
    };
  }

  override wrapSubscribe(
    subscribe: GraphQLFieldResolver<unknown, Types['Context'], object> | undefined,
    config: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> | undefined {
    return subscribe && this.wrapResolve(subscribe, config);
  }
}

/** Null: it is no field of a root type. */
function accessOf<Types extends SchemaTypes>(config: PothosOutputFieldConfig<Types>): FieldAccess | null {
  switch (config.kind) {
    case 'Query':
    case 'Subscription':
      return { role: config.pothosOptions.role ?? 'viewer' };
    case 'Mutation': {
      const { role, agentOf } = config.pothosOptions;
      if (role === undefined) throw new TypeError(`Mutation.${config.name} does not say which role it needs`);
      return agentOf === undefined ? { role } : { role, agentOf };
    }
    default:
      return null;
  }
}

function guardOf<Types extends SchemaTypes>(config: PothosOutputFieldConfig<Types>): Guard | null {
  const access = accessOf(config);
  const { parentType, name } = config;
  if (access === null) {
    if (!mayHoldAgentFields(parentType) || isForAgents(parentType, name)) return null;
    return (_args, viewer) => requireRole(viewer, { field: `${parentType}.${name}`, role: 'viewer' });
  }
  const { role, agentOf } = access;
  if (agentOf === undefined) return (_args, viewer) => requireRole(viewer, { field: name, role });
  return (args, viewer) => {
    if (viewer.role === 'agent') requireOwnHypervisor(viewer, { field: name, id: Object(args)[agentOf] });
    else requireRole(viewer, { field: name, role });
  };
}

function sentenceOf({ role, agentOf }: FieldAccess): string {
  const orAgent = agentOf === undefined ? '' : ', or agent for its own hypervisor';
  return `Needs the role ${role}${orAgent}.`;
}

SchemaBuilder.registerPlugin('roles', RolePlugin);
