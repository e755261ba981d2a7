/** A guest as its hypervisor's agent describes it. What the agent leaves out is null. */
export interface AgentGuest {
  /** In lower case. */
  readonly id: string;
  readonly state: string | null;
  readonly type: string | null;
  readonly imageId: string | null;
  /** MB. */
  readonly memory: number | null;
  readonly cpu: number | null;
  readonly vnc: number | null;
  readonly metadata: Readonly<Record<string, string>>;
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
  /** MB. */
  readonly size: bigint | null;
  readonly imageId: string | null;
  readonly volume: string | null;
  readonly source: string | null;
}
