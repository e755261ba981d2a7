/**
 * All that an agent is shown, by type: of its own hypervisor what it told itself, or what it is told. What else these types have leads to
 * other nodes or is computed from them, and is FORBIDDEN to agents, as a field is that is new. No other type is reached by one of these.
 */
const agentFields: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['HypervisorPayload', new Set(['hypervisor'])],
  [
    'Hypervisor',
    new Set([
      ...['id', 'revision', 'metadata', 'name', 'ip', 'netmask', 'gateway', 'mac'],
      ...['totalResources', 'availableResources', 'isAlive', 'heartbeat', 'schedulable', 'config'],
    ]),
  ],
  ['Resources', new Set(['memory', 'disk', 'cpu'])],
  ['Heartbeat', new Set(['value', 'at', 'revision', 'ttlSeconds'])],
]);

/** Whether an agent can come to this type at all. */
export function mayHoldAgentFields(type: string): boolean {
  return agentFields.has(type);
}

export function isForAgents(type: string, field: string): boolean {
  return agentFields.get(type)?.has(field) === true;
}
