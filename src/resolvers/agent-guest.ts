import type { StringMap } from '../store/entities/entity.ts';

/** A guest as its hypervisor's agent describes it. What the agent leaves out is null. */
export interface AgentGuest {
  readonly state: string | null;
  readonly type: string | null;
  readonly imageId: string | null;
  readonly memory: number | null;
  readonly cpu: number | null;
  readonly vnc: number | null;
  readonly metadata: StringMap;
  readonly nics: readonly AgentNic[];
  readonly disks: readonly AgentDisk[];
}

export interface AgentNic {
  readonly name: string | null;
  readonly mac: string | null;
  readonly address: string | null;
  readonly netmask: string | null;
  readonly gateway: string | null;
  readonly network: string | null;
  readonly model: string | null;
  readonly device: string | null;
  readonly vlans: readonly number[];
}

export interface AgentDisk {
  readonly bus: string | null;
  readonly device: string | null;
  readonly size: bigint | null;
  readonly imageId: string | null;
  readonly volume: string | null;
  readonly source: string | null;
}

/** This gateway speaks to no agents, so none of them can be reached. */
export function getAgentGuest(): AgentGuest | null {
  return null;
}
