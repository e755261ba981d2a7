import { keysOfText } from '../auth/index.ts';
import { type ServeConfig, UsageError } from '../config/index.ts';
import { messageOf } from '../errors.ts';

/** Before anything is opened: whoever starts the gateway again and again is to know by its exit code that it won't help. */
export function checkJwtKeyFile({ jwt }: ServeConfig['access']): void {
  if (jwt === null || !('text' in jwt.keys)) return;
  const { path, text } = jwt.keys;
  try {
    keysOfText(text);
  } catch (error) {
    throw new UsageError([`--jwt-key-file: ${JSON.stringify(path)} ${messageOf(error)}`]);
  }
}
