export { type Authenticator, type CredentialEnd, openToEverybody } from './authenticator.ts';
export { bearerCredential } from './bearer.ts';
export { keysOfText } from './jwt-key.ts';
export { type Access, openAuthenticator } from './open-authenticator.ts';
export { createToken, listTokens, revokeToken, type StoredToken, type TokenPlace } from './stored-token.ts';
export { everybody, gatewayItself, hasRole, type NeededRole, type Role, type Viewer } from './viewer.ts';
