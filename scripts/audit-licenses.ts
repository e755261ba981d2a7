import { argv, cwd, exit } from 'node:process';
import { auditLicenses } from './license-audit.ts';
import { needlessInstallScripts } from './license-rule.ts';

const [, , ...words] = argv;
const [root = cwd()] = words.filter((word) => !word.startsWith('--'));
const { packages, problems } = await auditLicenses({ root, withDevelopment: words.includes('--dev') });

for (const { name, version, license, hasInstallScript } of packages) {
  const script = hasInstallScript
    ? `  (install script not needed: ${needlessInstallScripts.get(name) ?? 'nobody has said so'})`
    : '';
  console.log(`${name}@${version}  ${license ?? 'none'}${script}`);
}
for (const problem of problems) console.error(problem);
console.log(`${packages.length} packages, ${problems.length} problems`);
exit(problems.length === 0 ? 0 : 1);
