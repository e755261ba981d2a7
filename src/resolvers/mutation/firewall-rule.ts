import { badUserInput } from '../../errors.ts';
import type { FirewallRule } from '../../store/entities/firewall-group.ts';
import { uuidOf } from '../id.ts';
import { quote } from '../quote.ts';
import type { Argument } from './given.ts';

export interface FirewallRuleInput {
  /** In canonical form. */
  readonly source?: Argument<string>;
  readonly sourceGroupId?: Argument<string>;
  readonly portStart: number;
  readonly portEnd: number;
  readonly protocol: string;
  readonly action: string;
}

export const ruleLimit = 1000;
/** Each is compared and referred to in the one commit. */
export const newSourceGroupLimit = 50;
const highestPort = 65535;
const protocolNames: ReadonlySet<string> = new Set(['tcp', 'udp', 'icmp', 'icmpv6']);
const decimal = /^(?:0|[1-9][0-9]{0,2})$/;
const highestProtocol = 255;
const actions: ReadonlySet<string> = new Set(['allow', 'deny']);

/**
 * The rules that a group is to have. One that says what a stored rule of it says passes, whatever that is, and stays as it is
 * written there; of several stored ones that say the same, each is taken once, in their order. Any other one has to be right.
 */
export function rulesOf(given: readonly FirewallRuleInput[], stored: readonly FirewallRule[] = []): readonly FirewallRule[] {
  // What another tool made too long may be made shorter.
  const limit = Math.max(ruleLimit, stored.length);
  if (given.length > limit) throw badUserInput('rules', `${given.length} rules were given: at most ${limit} are allowed`);
  const known = new Map<string, FirewallRule[]>();
  for (const rule of stored) {
    const alike = known.get(meaningOf(rule));
    if (alike === undefined) known.set(meaningOf(rule), [rule]);
    else alike.push(rule);
  }
  return given.map((input, index) => {
    const rule = ruleOf(input);
    const alike = known.get(meaningOf(rule)) ?? [];
    const kept = alike.length > 1 ? alike.shift() : alike[0];
    return kept ?? requireRight(rule, index);
  });
}

/** The groups that new rules name, beside the rules' own one. */
export function newSourceGroupIds(rules: readonly FirewallRule[], ownId: string): readonly string[] {
  const ids = new Set<string>();
  for (const { sourceGroupId, json } of rules) {
    if (json === undefined && sourceGroupId !== null && sourceGroupId !== ownId) ids.add(sourceGroupId);
  }
  if (ids.size > newSourceGroupLimit) {
    const message = `New rules name ${ids.size} groups: at most ${newSourceGroupLimit} are allowed in one request`;
    throw badUserInput('sourceGroupId', message);
  }
  return [...ids];
}

function ruleOf({ source, sourceGroupId, portStart, portEnd, protocol, action }: FirewallRuleInput): FirewallRule {
  return {
    source: source ?? null,
    sourceGroupId: sourceGroupId === null || sourceGroupId === undefined ? null : uuidOf('sourceGroupId', sourceGroupId),
    portStart,
    portEnd,
    protocol,
    action,
  };
}

/** The same text for rules that say the same. */
function meaningOf({ source, sourceGroupId, portStart, portEnd, protocol, action }: FirewallRule): string {
  return JSON.stringify([source, sourceGroupId, portStart, portEnd, protocol, action]);
}

function requireRight(rule: FirewallRule, index: number): FirewallRule {
  const refuse = (field: keyof FirewallRule, allowed: string) =>
    badUserInput(field, `rules[${index}].${field} is ${quote(rule[field])}: it must be ${allowed}`);
  const { portStart, portEnd, protocol, action } = rule;
  if (!isPort(portStart)) throw refuse('portStart', `from 0 to ${highestPort}`);
  if (!isPort(portEnd)) throw refuse('portEnd', `from 0 to ${highestPort}`);
  if (portStart > portEnd) throw refuse('portStart', `at most portEnd, which is ${portEnd}`);
  if (!isProtocol(protocol)) {
    throw refuse('protocol', `one of ${[...protocolNames].join(', ')}, or a number from 0 to ${highestProtocol}`);
  }
  if (!actions.has(action)) throw refuse('action', [...actions].join(' or '));
  return rule;
}

function isPort(number: number): boolean {
  return number >= 0 && number <= highestPort;
}

function isProtocol(text: string): boolean {
  return protocolNames.has(text) || (decimal.test(text) && Number(text) <= highestProtocol);
}
