// The arrows between the rooms of this project (docs/architecture.md). Each rule's comment says where
// the code belongs instead; `npm run verify` prints it.

const TESTS = '[.]test[.]tsx?$';
const RULES = '^lib/.+/rules/';
/** Files of lib that hold no rules but are plain and run in the browser as well. */
const ISOMORPHIC = '^lib/(paths|error-messages|failure-messages|errors|format)[.]ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Two files that need each other are one file, or share a third that needs neither.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'What is imported does not exist: correct the path, or ask for the package.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'lib-knows-no-web',
      severity: 'error',
      comment:
        'lib runs in plain Node, in the worker too. What needs a request, a page or React belongs in app/ or components/.',
      from: { path: '^lib/' },
      to: {
        path: [
          '^app/',
          '^components/',
          '^(next|next-auth|next-themes|react|react-dom)(/|$)',
          'node_modules/(next|next-auth|next-themes|react|react-dom)/',
        ],
      },
    },
    {
      name: 'rules-are-pure',
      severity: 'error',
      comment:
        'Rules have no clock, no settings and no I/O: they import zod, other rules and the plain files paths, format, error-messages and failure-messages. Hand the value in, or move the code to the verb that uses the rule.',
      from: { path: RULES, pathNot: TESTS },
      to: {
        pathNot: [RULES, ISOMORPHIC, '(^|node_modules/)zod(/|$)'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'ports-know-vendors-not-users',
      severity: 'error',
      comment:
        'gpu, storage, generation, payments and mail know neither our tables nor trainings. Do it in the verb that calls the port (lib/lora, lib/media, lib/characters, lib/credits).',
      // The wire contract names base models by the registry's ids; the suite for adapters goes through
      // them all.
      from: {
        path: '^lib/(gpu|storage|generation|payments|mail)/',
        pathNot: [TESTS, '^lib/gpu/(protocol|provider-contract|contract-receiver)[.]ts$'],
      },
      to: {
        path: '^(prisma/|lib/(db[.]ts$|lora/|characters/|studio/|credits/|notifications/|media/|jobs/))',
      },
    },
    {
      name: 'sandbox-stands-outside',
      severity: 'error',
      comment:
        'The sandbox stands in for the outside world and knows of us what the outside knows: the wire contract (lib/gpu/protocol, lib/gpu/signature) and pure rules of lib/lora.',
      from: { path: '^lib/sandbox/', pathNot: TESTS },
      to: {
        path: '^(lib|app|components|prisma|scripts)/',
        pathNot: ['^lib/sandbox/', '^lib/gpu/(protocol|signature)[.]ts$', '^lib/lora/rules/'],
      },
    },
    {
      name: 'nothing-needs-the-sandbox',
      severity: 'error',
      comment:
        'The application talks to the sandbox over HTTP only, as to any provider. Put what both need into the wire contract (lib/gpu/protocol.ts).',
      from: { path: '^(lib|app|components)/', pathNot: ['^lib/(sandbox|testing)/', TESTS] },
      to: { path: '^lib/sandbox/' },
    },
    {
      name: 'nothing-needs-test-code',
      severity: 'error',
      comment: 'lib/testing, scripts and e2e are tools. What the application needs belongs in lib.',
      from: { path: '^(lib|app|components|prisma)/', pathNot: ['^lib/testing/', TESTS] },
      to: { path: '^(lib/testing|scripts|e2e)/' },
    },
    {
      name: 'characters-never-know-lora',
      severity: 'error',
      comment:
        'lib/characters does not call trainings: it enqueues a job by name (lib/jobs/queue.ts).',
      from: { path: '^lib/characters/', pathNot: TESTS },
      to: { path: '^lib/lora/', pathNot: RULES },
    },
    {
      name: 'nothing-knows-the-studio',
      severity: 'error',
      comment:
        'The studio uses characters and their models; neither knows it. Put what both need into lib/characters or lib/lora.',
      from: { path: '^lib/', pathNot: ['^lib/(studio|jobs|testing)/', TESTS] },
      to: { path: '^lib/studio/', pathNot: RULES },
    },
    {
      name: 'ledger-notices-and-queue-stand-alone',
      severity: 'error',
      comment:
        'credits, notifications and the queue are called by verbs and call none. Let the verb in lib/lora or lib/characters do both.',
      from: { path: '^lib/(credits/|notifications/|jobs/queue[.]ts$)', pathNot: TESTS },
      to: {
        path: '^lib/(lora|characters|studio|media|gpu|storage|generation)/',
        pathNot: RULES,
      },
    },
    {
      name: 'doors-do-not-query',
      severity: 'error',
      comment:
        'app and components never reach the database. A query belongs in a verb or a read in lib; types come from what that returns.',
      // Health asks whether the database answers, nothing else.
      from: { path: '^(app|components)/', pathNot: [TESTS, '^app/api/health/'] },
      to: {
        path: ['^prisma/', '^lib/db[.]ts$', '(^|node_modules/)(pg|pg-boss|@prisma/[^/]+)(/|$)'],
      },
    },
    {
      name: 'nothing-needs-the-gallery',
      severity: 'error',
      comment:
        'The gallery shows components with made-up data. Nothing that a creator loads may contain it; what both need belongs beside the component.',
      from: { path: '^(app|components|lib)/', pathNot: '^(app|components)/gallery/' },
      to: { path: '^components/gallery/' },
    },
    {
      name: 'components-take-props',
      severity: 'error',
      comment:
        'A component gets data and verbs as props. Of lib it may import rules, paths, error-messages, failure-messages and format (types from anywhere); what else it needs, its page in app/ hands in.',
      from: { path: '^components/', pathNot: TESTS },
      to: {
        path: '^(app|lib|scripts|e2e)/',
        pathNot: [RULES, ISOMORPHIC],
        dependencyTypesNot: ['type-only'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^prisma/client/', '(^|/)[.]next/', '^[.]data/', '^worker/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mts', '.mjs', '.js', '.json'],
    },
    builtInModules: { add: [] },
  },
};
