/**
 * Who is told of what a gateway does, to count, to time and to trace it. Nothing here may fail, wait or be slow: it is called where
 * requests are answered. What is told has no secret and no text of a client but the names of operations.
 */
export interface Observer {
  readonly store: StoreObserver;
  readonly replica: ReplicaObserver;
  readonly agents: AgentObserver;
  readonly operations: OperationObserver;
  readonly commits: CommitObserver;
  readonly jobs: JobObserver;
  readonly server: ServerObserver;
}

/** `lease`: whatever is asked about leases. What is read from memory is no request. */
export type StoreRequest = 'read' | 'commit' | 'watch' | 'lease';

/**
 * `refused`: a compare of the commit failed. `unknown`: the connection broke in a commit, so that nobody knows. `unavailable`: nothing was
 * changed. `aborted`: whoever asked went away.
 */
export type StoreOutcome = 'ok' | 'refused' | 'compacted' | 'unavailable' | 'unknown' | 'aborted' | 'error';

export interface StoreObserver {
  /** A request is sent to the store. What is answered is called once, when it is over. */
  begin(request: StoreRequest, storeKind: string): (outcome: StoreOutcome) => void;
}

export interface ReplicaObserver {
  /** Somebody asks whether the replica is fresh. What is answered is called once, when that is known. */
  beginProof(): () => void;
  /** A read waited so long for the watch. */
  waited(seconds: number): void;
}

/** `unreachable`: no answer. `error`: an answer that is an error, or nothing that an agent says. */
export type AgentOutcome = 'ok' | 'unreachable' | 'error' | 'aborted';

export interface AgentCall {
  /** Of the client's function, such as `getGuest`. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly hypervisorId: string;
  /** Such as `http://10.0.0.5:8080`. */
  readonly origin: string;
}

export interface ObservedCall {
  /** What goes with the request. */
  readonly headers: Readonly<Record<string, string>>;
  end(outcome: AgentOutcome): void;
}

export interface AgentObserver {
  begin(call: AgentCall): ObservedCall;
}

export type OperationKind = 'query' | 'mutation' | 'subscription';

/** `aborted`: its client went away before it was done. */
export type OperationOutcome = 'ok' | 'error' | 'aborted';

export interface EndedOperation {
  /** The client's own text; null: it has none. */
  readonly name: string | null;
  /** Null: it never began. */
  readonly kind: OperationKind | null;
  readonly outcome: OperationOutcome;
  readonly seconds: number;
  /** Of its errors, each once. */
  readonly codes: readonly string[];
  /** It was not executed: its answer was there, or its client had it. */
  readonly isReused: boolean;
}

/** One that is served. */
export interface ObservedSubscription {
  /** It tells an event. */
  told(): void;
  /** It is over. Called once. */
  end(): void;
}

export type Transport = 'http' | 'websocket';

export interface OperationObserver {
  ended(operation: EndedOperation): void;
  /** What never became an operation. */
  refused(codes: readonly string[]): void;
  /** A subscription is served. */
  beginSubscription(field: string, transport: Transport): ObservedSubscription;
}

/**
 * Of one attempt of a mutation. `overtaken`: others changed what it rested on, so that it is decided anew. `lost`: its commit was lost on
 * its way, and is proved not to be done, so that it is decided anew. `stepped`: a part of it is done.
 */
export type AttemptOutcome = 'done' | 'stepped' | 'overtaken' | 'lost' | 'failed';

export interface CommitObserver {
  attempted(mutation: string, outcome: AttemptOutcome): void;
}

/** `givenUp`: it is another gateway's now, or nobody's yet. */
export type JobOutcome = 'done' | 'failed' | 'givenUp';

export interface EndedJob {
  readonly action: string;
  readonly outcome: JobOutcome;
  /** That this gateway worked on it. */
  readonly seconds: number;
}

export interface JobObserver {
  ended(job: EndedJob): void;
}

export interface ServerObserver {
  /** Null: the connection ended before there was an answer. */
  answered(status: number | null): void;
  socketOpened(): void;
  socketClosed(): void;
}

const ignore = (): void => undefined;
const ignoredCall: ObservedCall = { headers: {}, end: ignore };
const ignoredSubscription: ObservedSubscription = { told: ignore, end: ignore };

/** Nobody is told. */
export const silentObserver: Observer = {
  store: { begin: () => ignore },
  replica: { beginProof: () => ignore, waited: ignore },
  agents: { begin: () => ignoredCall },
  operations: { ended: ignore, refused: ignore, beginSubscription: () => ignoredSubscription },
  commits: { attempted: ignore },
  jobs: { ended: ignore },
  server: { answered: ignore, socketOpened: ignore, socketClosed: ignore },
};
