export { openTlsServer, type TlsOptions } from './tls-server.ts';
