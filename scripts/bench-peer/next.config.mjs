import application from '../../next.config.mjs';

/** An application of its own, for `npm run bench` alone: built with the same packages left to Node. */
export default {
  poweredByHeader: false,
  agentRules: false,
  serverExternalPackages: application.serverExternalPackages,
};
