import SchemaBuilder from '@pothos/core';
import { type GraphQLObjectType, getNamedType, graphql, isLeafType, isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { isForAgents, mayHoldAgentFields } from '../../src/schema/agent-field.ts';
import { viewerWith } from '../support/fixed-authenticator.ts';
import { schema } from '../support/gateway-schema.ts';

const own = '5058f1c0-086d-429d-9ee5-d2309b95e4b0';

/** What the fields of a type say of who may ask for them. */
function rolesIn(type: GraphQLObjectType | null | undefined): Readonly<Record<string, readonly string[]>> {
  const roles: Record<string, string[]> = {};
  for (const { name, extensions } of Object.values(type?.getFields() ?? {})) {
    const role = String(Object(extensions.access).role);
    roles[role] = [...(roles[role] ?? []), name];
  }
  return roles;
}

describe('The root fields of the schema', () => {
  it('need the role viewer, where they read', () => {
    expect(Object.keys(rolesIn(schema.getQueryType()))).toEqual(['viewer']);
    expect(Object.keys(rolesIn(schema.getSubscriptionType()))).toEqual(['viewer']);
  });

  it('need the role operator, where they change guests, their jobs and addresses, else admin', () => {
    const { operator, admin, ...others } = rolesIn(schema.getMutationType());
    expect(others).toEqual({});
    expect(operator?.toSorted()).toEqual([
      'createGuest',
      'deleteGuest',
      'fetchImage',
      'guestAction',
      'placeGuest',
      'releaseAddress',
      'reserveAddress',
      'retryJob',
      'unplaceGuest',
      'updateGuest',
    ]);
    expect(admin).toEqual(expect.arrayContaining(['createNetwork', 'setConfig', 'setSchedulable', 'heartbeat', 'deleteFlavor']));
  });

  it('say in their descriptions what they need', () => {
    const descriptionOf = (name: string) => schema.getMutationType()?.getFields()[name]?.description;
    expect(descriptionOf('createNetwork')).toMatch(/ Needs the role admin\.$/);
    expect(descriptionOf('createGuest')).toMatch(/ Needs the role operator\.$/);
    expect(descriptionOf('heartbeat')).toMatch(/ Needs the role admin, or agent for its own hypervisor\.$/);
    expect(schema.getQueryType()?.getFields().guests?.description).toMatch(/ Needs the role viewer\.$/);
    expect(schema.getSubscriptionType()?.getFields().changes?.description).toMatch(/ Needs the role viewer\.$/);
  });

  it('can not be built where a mutation does not say what it needs', () => {
    const builder = new SchemaBuilder({ plugins: ['roles'] });
    builder.queryType({ fields: (t) => ({ one: t.int({ resolve: () => 1 }) }) });
    builder.mutationType({
      fields: (t) => ({
        // @ts-expect-error The compiler says so too.
        forget: t.int({ resolve: () => 1 }),
      }),
    });
    expect(() => builder.toSchema()).toThrow('Mutation.forget does not say which role it needs');
  });
});

describe('What an agent is shown', () => {
  it('is what the types have, and leads to no type that has more', () => {
    const pending = ['HypervisorPayload'];
    const reached = new Set<string>();
    for (const name of pending) {
      const type = schema.getType(name);
      if (!isObjectType(type) || reached.has(name)) continue;
      reached.add(name);
      for (const field of Object.values(type.getFields()).filter((one) => isForAgents(name, one.name))) {
        const to = getNamedType(field.type);
        if (isLeafType(to)) continue;
        expect(mayHoldAgentFields(to.name), `${name}.${field.name}: ${to.name}`).toBe(true);
        pending.push(to.name);
      }
    }
    expect(reached).toEqual(new Set(['HypervisorPayload', 'Hypervisor', 'Resources', 'Heartbeat']));
  });

  it('is nothing that leads to other nodes or is computed from them', () => {
    const hypervisor = schema.getType('Hypervisor');
    const fields = isObjectType(hypervisor) ? Object.keys(hypervisor.getFields()) : [];
    expect(new Set(fields.filter((field) => !isForAgents('Hypervisor', field)))).toEqual(
      new Set(['committedResources', 'freeResources', 'subnetAttachments', 'guests']),
    );
  });

  it('is nothing that its types have from an interface, unless that is for agents', async () => {
    interface Thing {
      readonly id: string;
    }
    const builder = new SchemaBuilder({ plugins: ['roles'] });
    const Named = builder.interfaceRef<Thing>('Named').implement({
      resolveType: () => 'Hypervisor',
      fields: (t) => ({ id: t.exposeID('id'), secret: t.string({ resolve: ({ id }) => `the secret of ${id}` }) }),
    });
    const Hypervisor = builder.objectRef<Thing>('Hypervisor').implement({ interfaces: [Named] });
    const beat = { role: 'admin', agentOf: 'id', args: { id: builder.args((t) => ({ id: t.id() })).id } } as const;
    builder.queryType({ fields: (t) => ({ one: t.int({ resolve: () => 1 }) }) });
    builder.mutationType({
      fields: (t) => ({
        beat: t.field({ ...beat, type: Hypervisor, resolve: () => ({ id: own }) }),
        beatNamed: t.field({ ...beat, type: Named, resolve: () => ({ id: own }) }),
      }),
    });
    const small = builder.toSchema();
    for (const selection of ['secret', '... on Named { secret }', '... on Hypervisor { secret }']) {
      for (const field of ['beat', 'beatNamed']) {
        const ask = (role: 'agent' | 'admin') =>
          graphql({
            schema: small,
            source: `mutation { it: ${field}(id: "${own}") { id ${selection} } }`,
            contextValue: { viewer: viewerWith(role, { hypervisorId: own }) },
          });
        expect((await ask('agent')).errors?.map(({ message }) => message)).toEqual([
          'Hypervisor.secret needs the role viewer: this credential has the role agent',
        ]);
        expect((await ask('admin')).data).toEqual({ it: { id: own, secret: `the secret of ${own}` } });
      }
    }
  });
});
