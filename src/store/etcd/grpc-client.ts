import type { Client, Metadata, ServiceClientConstructor, ServiceDefinition } from '@grpc/grpc-js';
import { Etcd3, type IOptions, type Services } from 'etcd3';

/** gRPC's ConnectivityState.READY */
const readyState = 2;

export type ServiceName = keyof typeof Services;
export type MethodDefinition = ServiceDefinition[string];

/** A call goes to one service, and has the name that rpc.proto gives it. */
export interface MethodName {
  readonly service: ServiceName;
  readonly name: string;
}

/** One gRPC client, which is one TCP connection, for all services of one endpoint. */
export class GrpcClient {
  readonly client: Client;
  readonly #source: ClientSource;
  readonly #newMetadata: () => Metadata;

  private constructor(source: ClientSource, { client, metadata }: ServiceClient) {
    this.#source = source;
    this.client = client;
    this.#newMetadata = () => metadata.clone();
  }

  static async open(options: IOptions): Promise<GrpcClient> {
    const source = new ClientSource(options);
    return new GrpcClient(source, await source.service('KV'));
  }

  /** The headers of a call. */
  metadata(token: string | undefined): Metadata {
    const metadata = this.#newMetadata();
    if (token !== undefined) metadata.set('token', token);
    return metadata;
  }

  /** The path and the encoders of a method, from etcd3's copy of rpc.proto. */
  async method({ service, name }: MethodName): Promise<MethodDefinition> {
    const { client } = await this.#source.service(service);
    // proto-loader makes these classes at run time, so that the types of gRPC do not know what `constructor` is here.
    const definition = (client.constructor as ServiceClientConstructor).service[name];
    if (definition === undefined) throw new TypeError(`etcd3 knows no method ${service}.${name}`);
    return definition;
  }

  /** Whether a call would be sent at once. Begins to connect when it would not. */
  get isReady(): boolean {
    return this.client.getChannel().getConnectivityState(true) === readyState;
  }

  /** Calls that are under way go on. */
  close(): void {
    this.#source.close();
  }
}

interface ServiceClient {
  readonly client: Client;
  readonly metadata: Metadata;
}

/**
 * etcd3 brings the protocol and the credentials. Its pool would also retry writes, open circuit breakers and reset connections
 * under other calls when a call fails; so it only hands out the gRPC clients here, which never fails, and all calls are made on them.
 */
class ClientSource extends Etcd3 {
  service(name: ServiceName): Promise<ServiceClient> {
    return this.pool.withConnection(name, ({ client, metadata }) => ({ client, metadata }));
  }
}
