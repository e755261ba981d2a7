export { type CommandName, isRefused, optionsOf, shownDefaultOf } from './command-option.ts';
export {
  checkUsage,
  type DemoConfig,
  type ImportConfig,
  readDemoConfig,
  readExportConfig,
  readImportConfig,
  readServeConfig,
  readSimulateConfig,
  type ServeConfig,
  type SimulateConfig,
} from './config.ts';
export { configurationTable } from './configuration-table.ts';
export type { Source } from './given.ts';
export { type KeyPair, keyPairProblem } from './key-pair.ts';
export type { LimitConfig } from './limit-config.ts';
export { flagOf, type OptionName, optionText, variableOf } from './option.ts';
export { readTokenConfig, readTokenCreateConfig, type TokenConfig } from './token-config.ts';
export { UsageError } from './usage-error.ts';
export { isLoopback } from './value.ts';
