import { MessageType, parseMessage } from 'graphql-ws';

/** Whether it is a message that only a server may send: graphql-ws has no answer to it, and throws. */
export function isServerMessage(message: string): boolean {
  const { type } = parseMessage(message);
  return type === MessageType.ConnectionAck || type === MessageType.Next || type === MessageType.Error;
}
