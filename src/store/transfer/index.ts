export { batchesOf } from './batch.ts';
export { checkFile, entriesOf, InvalidFileError } from './check-file.ts';
export { commitPatiently } from './commit-patiently.ts';
export type { Entry } from './entry.ts';
export { exportPages } from './export-pages.ts';
export { type ImportReport, importEntries } from './import-entries.ts';
export { ImportStoppedError, PrefixNotEmptyError } from './import-error.ts';
export { keepAside, openTransferFile, type TransferFile } from './transfer-file.ts';
