export { FolderInUseError } from './folder-lock.ts';
export { openFolder, openFolderStore, openMemoryStore } from './open.ts';
export { connectToFolder } from './socket-client.ts';
