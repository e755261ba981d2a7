import { type GraphQLFieldMap, getNamedType, isObjectType } from 'graphql';
import { type GatewaySchema, schema } from '../../support/gateway-schema.ts';
import { id } from '../../support/record.ts';
import { heldAddress, someJob } from './argument.ts';
import { firewallRules } from './firewall.ts';
import { guestRules } from './guest.ts';
import { inventoryRules } from './inventory.ts';
import { jobRules } from './job.ts';
import { type Apply, Judge, type Rule, sorted } from './judge.ts';
import { linkRules } from './link.ts';
import type { Json, Model } from './model.ts';
import { settingRules } from './setting.ts';

/** A mutation as it is to be sent. */
export interface Operation {
  readonly field: string;
  /** By the names of the field's arguments. An `ifRevision` among them says in words which one is meant. */
  readonly args: Json;
  /** Sent twice, with one idempotency key. */
  readonly isRepeated: boolean;
}

/** What came of it. */
export type Outcome = { readonly answer: Json } | { readonly refusal: string };

const rules: Readonly<Record<string, Rule>> = {
  ...inventoryRules,
  ...linkRules,
  ...settingRules,
  ...guestRules,
  ...jobRules,
  ...firewallRules,
};

const fields: GraphQLFieldMap<unknown, unknown> = schema.getMutationType()?.getFields() ?? {};
export const fieldNames = Object.keys(fields);

export interface Verdict {
  readonly refusals: ReadonlySet<string>;
  readonly apply: Apply;
}

/** What must come of a mutation, whose revisions are resolved, in the model as it is. */
export function judge(model: Model, { field, args }: Operation, isAlone: boolean): Verdict {
  const rule = rules[field];
  if (rule === undefined) throw new Error(`There is no rule for ${field}`);
  const judging = new Judge(model, isAlone);
  const apply = rule(judging, args);
  return { refusals: judging.refusals, apply };
}

/** Where there are none. */
const noJob = id('9', 1);

/** Which record an `ifRevision` of the operation is about. */
function revisedKey(field: string, args: Json): string {
  const { id = args.id, tag = args.tag } = args.input ?? {};
  if (field.endsWith('Config') && args.hypervisorId === undefined) return `config/${args.key}`;
  if (args.hypervisorId !== undefined) return `hypervisors/${args.hypervisorId}/metadata`;
  if (tag !== undefined) return `vlans/${tag}/metadata`;
  const kind = field.replace(/^(update|delete)/, '').toLowerCase();
  const folder = kind === 'firewallgroup' ? 'fwgroups' : `${kind}s`;
  return `${folder}/${String(id).toLowerCase()}/metadata`;
}

/** The operation with what its words stand for: a held address; a job; a revision as the store has it, with its version in the model. */
export async function resolved(operation: Operation, model: Model, { store }: GatewaySchema): Promise<Operation> {
  const { field, args } = operation;
  if (args.ip === heldAddress) {
    const [[ip] = ['10.0.0.2']] = model.below(`subnets/${String(args.subnetId).toLowerCase()}/addresses/`);
    return { ...operation, args: { ...args, ip } };
  }
  const [, isFailed, place] = someJob.exec(args.id) ?? [];
  if (place !== undefined) {
    const jobs = model.nodes('jobs').filter(({ record }) => isFailed === undefined || record.status === 'error');
    return { ...operation, args: { ...args, id: jobs.at(Number(place) % jobs.length)?.id ?? noJob } };
  }
  const given = args.input?.ifRevision ?? args.ifRevision;
  if (given !== 'current' && given !== 'stale') return operation;
  const key = revisedKey(field, args);
  const { results } = await store.read({ ranges: [{ start: `lochness/${key}` }] });
  const revision = results[0]?.entries[0]?.modRevision ?? 2;
  const isCurrent = given === 'current';
  const ifRevision = { version: isCurrent ? model.version(key) : -1, revision: String(isCurrent ? revision : revision - 1) };
  const input = args.input === undefined ? {} : { input: { ...args.input, ifRevision } };
  return { ...operation, args: args.input === undefined ? { ...args, ifRevision } : { ...args, ...input } };
}

/** Sends it. */
export async function send(gateway: GatewaySchema, { field, args }: Operation, idempotencyKey: string | null): Promise<Outcome> {
  const variables = JSON.parse(
    JSON.stringify(args, (name, value) => (name === 'ifRevision' ? (value?.revision ?? value) : value)),
  );
  const { result } = await gateway.run(documentOf(field), { variables, idempotencyKey });
  const [error] = result.errors ?? [];
  if (error === undefined) return { answer: JSON.parse(JSON.stringify(result.data))[field] };
  if (error.originalError === undefined || !('details' in error.originalError)) throw error;
  return { refusal: refusalOf(error.originalError) };
}

/** As a judge puts it. */
function refusalOf({ code, details }: Json): string {
  if (code === 'BAD_USER_INPUT') return `${code} ${details.field}`;
  if (code === 'NOT_FOUND' || code === 'ALREADY_EXISTS') return `${code} ${details.kind} ${details.id}`;
  return code === 'IN_USE' ? `${code} ${sorted(details.by).join()}` : code;
}

/** With all arguments, and of the payload what the rules look at. */
function documentOf(name: string): string {
  const field = fields[name];
  if (field === undefined) throw new Error(`There is no mutation ${name}`);
  const variables = field.args.map(
    (arg) => `$${arg.name}: ${arg.type}${arg.defaultValue === undefined ? '' : ` = ${arg.defaultValue}`}`,
  );
  const values = field.args.map((arg) => `${arg.name}: $${arg.name}`);
  const payload = getNamedType(field.type);
  const selection = Object.values(isObjectType(payload) ? payload.getFields() : {}).map(({ name: part, type }) => {
    const its = getNamedType(type);
    if (!isObjectType(its)) return part;
    if (its.name === 'Guest') return `${part} { id hypervisorId subnetId ip bridge }`;
    return `${part} { ${its.getFields().id === undefined ? 'ip ownerId' : 'id'} }`;
  });
  return `mutation (${variables.join(', ')}) { ${name}(${values.join(', ')}) { ${selection.join(' ')} } }`;
}
