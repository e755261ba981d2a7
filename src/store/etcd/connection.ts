import type { ClientDuplexStream } from '@grpc/grpc-js';
import type {
  IAuthenticateRequest,
  IAuthenticateResponse,
  ILeaseGrantRequest,
  ILeaseGrantResponse,
  ILeaseKeepAliveRequest,
  ILeaseKeepAliveResponse,
  ILeaseTimeToLiveResponse,
  IOptions,
  IStatusResponse,
  ITxnRequest,
  IWatchRequest,
  IWatchResponse,
} from 'etcd3';
import { EtcdFailure, etcdFailure } from './errors.ts';
import { GrpcClient, type MethodDefinition, type MethodName } from './grpc-client.ts';
import { decodeTxnReply, type TxnReply } from './txn-reply.ts';

/** What bounds one call. */
export interface CallLimits {
  /** On the clock of `performance.now()`: the time of day may jump while a call is under way. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
  /** Got for the user's password, where etcd asks for one. */
  readonly token?: string | undefined;
}

export type WatchCall = ClientDuplexStream<IWatchRequest, IWatchResponse>;
export type KeepAliveCall = ClientDuplexStream<ILeaseKeepAliveRequest, ILeaseKeepAliveResponse>;

/** The calls of etcd that the store uses, on one connection. They fail with an EtcdFailure, or with the reason of their signal. */
export class Connection {
  readonly #opening: Promise<GrpcClient>;
  readonly #methods = new Map<string, Promise<MethodDefinition>>();
  readonly #underWay = new Set<{ cancel(): void }>();
  #retired: boolean = false;

  /** Connects with the first call. */
  constructor(options: IOptions) {
    this.#opening = GrpcClient.open(options);
  }

  txn(request: ITxnRequest, limits: CallLimits): Promise<TxnReply> {
    return this.#call({ service: 'KV', name: 'Txn', request, decode: decodeTxnReply }, limits);
  }

  grantLease(request: ILeaseGrantRequest, limits: CallLimits): Promise<ILeaseGrantResponse> {
    return this.#call({ service: 'Lease', name: 'LeaseGrant', request }, limits);
  }

  revokeLease(id: string, limits: CallLimits): Promise<unknown> {
    return this.#call({ service: 'Lease', name: 'LeaseRevoke', request: { ID: id } }, limits);
  }

  leaseTimeToLive(id: string, limits: CallLimits): Promise<ILeaseTimeToLiveResponse> {
    return this.#call({ service: 'Lease', name: 'LeaseTimeToLive', request: { ID: id } }, limits);
  }

  status(limits: CallLimits): Promise<IStatusResponse> {
    return this.#call({ service: 'Maintenance', name: 'Status', request: {} }, limits);
  }

  authenticate(request: IAuthenticateRequest, limits: CallLimits): Promise<IAuthenticateResponse> {
    return this.#call({ service: 'Auth', name: 'Authenticate', request }, limits);
  }

  keepLeaseAlive({ deadline, token }: CallLimits): Promise<KeepAliveCall> {
    return this.#stream({ service: 'Lease', name: 'LeaseKeepAlive' }, token, { deadline: timeOfDay(deadline) });
  }

  /** Goes on until it is cancelled: the deadline is only that of its beginning. */
  watch({ token }: CallLimits): Promise<WatchCall> {
    return this.#stream({ service: 'Watch', name: 'Watch' }, token, {});
  }

  /** Whether a call would be sent at once. Begins to connect when it would not. */
  async isReady(): Promise<boolean> {
    return !this.#retired && (await this.#opening).isReady;
  }

  /** Lets the calls that are under way end, and makes no more. */
  async retire(): Promise<void> {
    this.#retired = true;
    (await this.#opening).close();
  }

  /** Fails the calls that are under way. */
  async close(): Promise<void> {
    await this.retire();
    for (const call of this.#underWay) call.cancel();
  }

  async #call<Reply>(call: UnaryCall<Reply>, { deadline, signal, token }: CallLimits): Promise<Reply> {
    const { grpc, method } = await this.#prepare(call);
    signal?.throwIfAborted();
    return new Promise<Reply>((resolve, reject) => {
      const { path, requestSerialize, responseDeserialize } = method;
      const done = (error: Error | null, reply?: Reply) => {
        this.#underWay.delete(running);
        signal?.removeEventListener('abort', cancel);
        if (reply !== undefined) resolve(reply);
        else reject(signal?.aborted === true ? signal.reason : etcdFailure(error));
      };
      const decode = call.decode ?? responseDeserialize;
      const options = { deadline: timeOfDay(deadline) };
      const running = grpc.client.makeUnaryRequest(
        path,
        requestSerialize,
        decode,
        call.request,
        grpc.metadata(token),
        options,
        done,
      );
      const cancel = () => running.cancel();
      this.#underWay.add(running);
      signal?.addEventListener('abort', cancel);
    });
  }

  async #stream<Request, Reply>(
    name: MethodName,
    token: string | undefined,
    options: { readonly deadline?: number },
  ): Promise<ClientDuplexStream<Request, Reply>> {
    const { grpc, method } = await this.#prepare(name);
    const { path, requestSerialize, responseDeserialize } = method;
    const headers = grpc.metadata(token);
    // So a member that lost the others ends the stream; without this it would be silent for ever.
    headers.set('hasleader', 'true');
    const stream = grpc.client.makeBidiStreamRequest<Request, Reply>(
      path,
      requestSerialize,
      responseDeserialize,
      headers,
      options,
    );
    this.#underWay.add(stream);
    stream.once('status', () => this.#underWay.delete(stream));
    // Readers meet the error through the stream's iterator. Without a listener it would end the process when nobody reads.
    stream.on('error', () => undefined);
    return stream;
  }

  async #prepare(name: MethodName): Promise<{ readonly grpc: GrpcClient; readonly method: MethodDefinition }> {
    const grpc = await this.#opening;
    const method = await this.#method(grpc, name);
    if (this.#retired) throw new EtcdFailure('unreachable', 'the connection was closed');
    return { grpc, method };
  }

  #method(grpc: GrpcClient, { service, name }: MethodName): Promise<MethodDefinition> {
    const method = this.#methods.get(name) ?? grpc.method({ service, name });
    this.#methods.set(name, method);
    return method;
  }
}

/** What grpc-js takes. It starts a timer at once, which does not jump either. */
function timeOfDay(deadline: number): number {
  return Date.now() + Math.max(0, deadline - performance.now());
}

interface UnaryCall<Reply> extends MethodName {
  readonly request: unknown;
  /** Absent: etcd3's own, which takes the type of the reply from rpc.proto. */
  readonly decode?: (bytes: Buffer) => Reply;
}
