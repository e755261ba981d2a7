import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

export interface OperationFile {
  /** Below the folder, for messages. */
  readonly path: string;
  readonly text: string;
}

/**
 * All `.graphql` files of a folder and of those in it, in order. Names that begin with a dot are passed over: where Kubernetes mounts a
 * ConfigMap, each file is there a second time behind one.
 */
export function readOperationFiles(folder: string): readonly OperationFile[] {
  return pathsIn(folder).map((path) => ({ path: relative(folder, path), text: readFileSync(path, 'utf8') }));
}

function pathsIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return pathsIn(path);
      // A link counts as what it leads to, when that is a file: a folder could lead around in a circle.
      return entry.name.endsWith('.graphql') && statSync(path).isFile() ? [path] : [];
    });
}
