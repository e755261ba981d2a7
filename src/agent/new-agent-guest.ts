/** What an agent is told to create. Memory and disk in MB. */
export interface NewAgentGuest {
  readonly id: string;
  readonly type: string;
  readonly imageId: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly memory: bigint;
  readonly cpu: bigint;
  /** Of its one disk, which is made from the image. */
  readonly disk: bigint;
  /** Of its one network card. */
  readonly nic: {
    /** The hypervisor's bridge that it is plugged into. */
    readonly bridge: string;
    readonly mac: string;
    readonly address: string;
    /** Of the subnet: `10.0.0.0/24` has `ffffff00`. */
    readonly netmaskHex: string;
    /** Empty when the subnet has none. */
    readonly gateway: string;
    /** Tags, ascending. */
    readonly vlans: readonly number[];
  };
}
