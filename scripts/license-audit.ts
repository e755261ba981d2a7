import { isAllowed } from './license-expression.ts';
import { developmentLicenses, needlessInstallScripts, permissiveLicenses } from './license-rule.ts';
import { type LockedPackage, readLockedPackages } from './locked-package.ts';

export interface AuditOptions {
  /** Where package-lock.json is. */
  readonly root: string;
  /** Looks at what only development needs, too. */
  readonly withDevelopment: boolean;
}

export interface Audit {
  readonly packages: readonly LockedPackage[];
  /** What keeps the tree from being shipped; empty when nothing does. */
  readonly problems: readonly string[];
}

/** Looks at each package of a tree: that its licence is one that asks for little, and that it does without an install script. */
export async function auditLicenses({ root, withDevelopment }: AuditOptions): Promise<Audit> {
  const all = await readLockedPackages(root);
  const packages = all.filter(({ isDevelopment }) => withDevelopment || !isDevelopment);
  return { packages, problems: packages.flatMap((one) => [...licenseProblems(one), ...scriptProblems(one)]) };
}

function licenseProblems({ name, version, license, isDevelopment }: LockedPackage): readonly string[] {
  const what = `${name}@${version}`;
  if (license === null) return [`${what} has no licence`];
  const allowed = isDevelopment ? developmentLicenses : permissiveLicenses;
  const isFine = isAllowed(license, allowed);
  if (isFine === true) return [];
  const why = isFine === null ? 'which is no expression of SPDX' : `which is none of ${[...allowed].join(', ')}`;
  return [`${what} has the licence ${JSON.stringify(license)}, ${why}`];
}

function scriptProblems({ name, version, hasInstallScript }: LockedPackage): readonly string[] {
  if (!hasInstallScript || needlessInstallScripts.has(name)) return [];
  return [`${name}@${version} has an install script, and nobody has said that it is not needed (scripts/license-rule.ts)`];
}
