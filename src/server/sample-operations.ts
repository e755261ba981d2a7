export interface SampleOperation {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** A flavor and a network of the cluster that `demo` makes. */
const sampleSpec = { flavorId: '034cea9f-82cc-5663-a826-3032f22bf81a', networkId: 'd60b8087-f77e-51a6-8664-6a224d208dcf' };

/** The first tabs of GraphiQL: what an operator asks on the first day. A test holds them against the schema. */
export const sampleOperations: readonly SampleOperation[] = [
  {
    query: `# The cluster at a glance.
query ClusterOverview {
  cluster {
    hypervisorCount
    aliveHypervisorCount
    guestCount
    guestCountByState { state count }
    networkCount
    subnetCount
    totalResources { memory disk cpu }
    committedResources { memory disk cpu }
    freeResources { memory disk cpu }
    store { kind version healthy revision }
  }
}
`,
  },
  {
    query: `# The whole graph in one question: networks, their subnets, the guests in them, and where each one runs.
query NetworksToHypervisors($first: Int = 10) {
  networks(first: $first) {
    totalCount
    nodes {
      id
      name
      subnets {
        nodes {
          cidr
          addressing { used available utilization }
          guests(first: 20) {
            totalCount
            nodes {
              id
              name
              ip
              state
              hypervisor { id name isAlive }
            }
          }
        }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
  },
  {
    query: `# Where there is room: living hypervisors, the most free memory first. Memory and disk are in MB.
query HypervisorsWithRoom {
  hypervisors(
    filter: { alive: true, schedulable: true }
    orderBy: { field: FREE_MEMORY, direction: DESC }
  ) {
    totalCount
    nodes {
      id
      name
      ip
      freeResources { memory disk cpu }
      committedResources { memory disk cpu }
      totalResources { memory disk cpu }
      heartbeat { at ttlSeconds }
      guests { totalCount }
    }
  }
}
`,
  },
  {
    query: `# Everything about one guest, found by a part of its name. With its id at hand: guest(id: "...").
query OneGuest($name: String) {
  guests(first: 1, filter: { name: $name }) {
    totalCount
    nodes {
      id
      name
      type
      state
      stateObservedAt
      mac
      ip
      bridge
      flavor { id name imageId resources { memory disk cpu } }
      network { id name }
      subnet { id cidr gateway }
      hypervisor { id name ip isAlive }
      firewallGroup { name rules { source portStart portEnd protocol action } }
      vlanGroup { name vlans { nodes { tag description } } }
      jobs(first: 5) { nodes { id action status error createdAt finishedAt } }
      metadata
    }
  }
}
`,
    variables: { name: '' },
  },
  {
    query: `# Where a guest of this flavor could go in this network, and why not elsewhere. The ids are those of the demo's cluster.
query WhereWouldItGo($flavorId: ID!, $networkId: ID!) {
  placementReport(for: { spec: { flavorId: $flavorId, networkId: $networkId } }, strategy: SPREAD) {
    candidates {
      rank
      hypervisor { id name }
      freeResources { memory disk cpu }
      subnets { id cidr }
    }
    rejected {
      hypervisor { id name }
      filter
      reasons { message }
    }
  }
}
`,
    variables: sampleSpec,
  },
  {
    query: `# A new guest with its address, its place and its first job, in one commit: all of it happens, or nothing.
mutation NewGuest($flavorId: ID!, $networkId: ID!) {
  createGuest(input: { flavorId: $flavorId, networkId: $networkId, metadata: { name: "from-the-playground" } }, strategy: SPREAD) {
    guest { id name state ip mac subnet { cidr } hypervisor { name } }
    job { id action status }
  }
}
`,
    variables: sampleSpec,
  },
  {
    query: `# The past. Each answer names in extensions.revision what it saw: put such a revision into the variables,
# and the whole operation reads the store as it was then. One that is too old is refused, and the oldest one named.
query TimeTravel($revision: Revision!) @at(revision: $revision) {
  revision
  cluster { guestCount hypervisorCount aliveHypervisorCount }
  jobs(first: 10) { nodes { id action status guestId } }
}
`,
    variables: { revision: '1' },
  },
  {
    query: `# Records that can't be read. They are left out of lists and counts, and cost nothing else.
query BrokenRecords {
  brokenRecords { key reason }
}
`,
  },
];
