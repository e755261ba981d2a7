/** A frame that closes a WebSocket has room for 123 bytes; a character that is cut may come to three more. */
const longestBytes = 120;

/** As much of a reason as a farewell can carry: graphql-ws quotes the client's own text in some, and `ws` refuses a longer one. */
export function closeReason(reason = ''): string {
  const bytes = Buffer.from(reason);
  return bytes.length <= longestBytes ? reason : bytes.subarray(0, longestBytes).toString();
}
