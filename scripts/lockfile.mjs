/**
 * What `package-lock.json` asks for and `node_modules` lacks, by path, from the two lockfiles (the
 * second is npm's own record, `node_modules/.package-lock.json`). Empty when nothing has to be
 * installed. An optional package may be absent: npm leaves out those of other platforms. A package
 * that is there besides does no harm.
 *
 * @param {unknown} wanted
 * @param {unknown} installed
 * @returns {string[]}
 */
export function missingPackages(wanted, installed) {
  const there = packagesOf(installed);
  return Object.entries(packagesOf(wanted))
    .filter(([path, entry]) => path.startsWith('node_modules/') && !entry.link)
    .filter(([path, entry]) => {
      const found = there[path];
      if (found === undefined) return !entry.optional && !entry.devOptional && !entry.peer;
      return found.version !== entry.version;
    })
    .map(([path]) => path);
}

/**
 * @param {unknown} lockfile
 * @returns {Record<string, { version?: string, optional?: boolean, devOptional?: boolean, peer?: boolean, link?: boolean }>}
 */
function packagesOf(lockfile) {
  if (typeof lockfile !== 'object' || lockfile === null || !('packages' in lockfile)) return {};
  const { packages } = lockfile;
  return typeof packages === 'object' && packages !== null ? { ...packages } : {};
}
