import js from '@eslint/js'

// What joins the files of a component (component.py) reads only the plainest imports and exports.
const unjoinable = [
  ['ImportDefaultSpecifier, ImportNamespaceSpecifier, ImportExpression', 'Import names: import { a } from ...'],
  ['ExportNamedDeclaration[declaration=null], ExportAllDeclaration', 'Write export before what it exports.'],
]

export default [
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'no-undef': 'off', // tsc knows more: the browser's own names, and Node's in the tests
      'array-callback-return': 'error',
      'consistent-this': 'error',
      'eqeqeq': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-loop-func': 'error',
      'no-param-reassign': 'error',
      'no-promise-executor-return': 'error',
      'no-self-compare': 'error',
      'no-shadow': 'error',
      'no-template-curly-in-string': 'error',
      'no-unmodified-loop-condition': 'error',
      'no-unused-expressions': 'error',
      'no-use-before-define': ['error', { functions: false, classes: false }],
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'require-atomic-updates': 'error',
    },
  },
  {
    files: ['tl_core/**/*.js'],
    rules: {
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...unjoinable.map(([selector, message]) => ({ selector, message }))],
      'no-restricted-properties': ['error', { property: 'innerHTML', message: 'Build elements: text may be a user\'s.' }],
    },
  },
]
