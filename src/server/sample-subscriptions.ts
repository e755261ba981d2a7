import type { SampleOperation } from './sample-operations.ts';

/** The last of the first tabs of GraphiQL: what goes on until somebody stops it. A test begins each and waits for its first event. */
export const sampleSubscriptions: readonly SampleOperation[] = [
  {
    query: `# Signs of life, as they come. Each event takes the place
# of the one before, so of several at once you see the last.
# To watch one hypervisor, name it in the variables.
subscription Heartbeats($hypervisorIds: [ID!]) {
  hypervisorHeartbeat(hypervisorIds: $hypervisorIds) {
    status
    hypervisor { id name }
    heartbeat { at }
    cursor
  }
}
`,
    variables: { hypervisorIds: null },
  },
  {
    query: `# Guests whose state becomes another one, or that are new.
# In the demo they come by themselves; where it is quiet, run
# NewGuest meanwhile, in a second window of the browser.
# Going to another tab of this page ends a subscription.
subscription GuestStates {
  guestStateChanged {
    from
    to
    guest { id name ip hypervisor { name } }
    cursor
  }
}
`,
  },
  {
    query: `# Whatever becomes of any node. With a cursor or a revision
# as "after" it goes on behind that and misses nothing: with
# one from before NewGuest it tells what that did.
subscription Changes($kinds: [NodeKind!], $after: EventCursor) {
  changes(kinds: $kinds, after: $after) {
    type
    kind
    id
    node {
      __typename
      ... on Guest { name state }
      ... on Job { action status }
    }
    cursor
  }
}
`,
    variables: { kinds: null, after: null },
  },
];
