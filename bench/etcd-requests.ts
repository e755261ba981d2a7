/**
 * Calls that an etcd has answered so far; of a stream, as leases are renewed by, the messages. What a watch asks does not count: one that
 * is idle asks nothing, and tests and measurements have watches of their own.
 */
export async function countRequests(etcdUrl: string): Promise<number> {
  const metrics = await (await fetch(`${etcdUrl}/metrics`)).text();
  const counts = [...metrics.matchAll(/^grpc_server_msg_received_total\{(?!.*"Watch").*\} (\d+)/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
