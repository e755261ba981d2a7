import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The text of a file of the project, by its path from the top. */
export function projectFile(path: string): string {
  return readFileSync(projectPath(path), 'utf8');
}

export function projectPath(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** The names of environment variables of ours that a text has. */
export function ourVariablesIn(text: string): readonly string[] {
  return [...new Set(text.match(/\bLOCHNESS_[A-Z_]*[A-Z]\b/g) ?? [])];
}
