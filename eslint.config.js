import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { layersRule } from './scripts/layers/lint-rule.js';

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', '.cache/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      eqeqeq: 'error',
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      // Factories return methods that close over their state; none uses `this`.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
    },
  },
  {
    files: ['**/*.test.{ts,js}', 'test/**', 'alerting/**', 'benchmarks/**'],
    rules: {
      'max-lines-per-function': 'off',
      'no-console': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli.ts', 'src/**/*.test.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Only cli.ts reads the environment; take a Config.',
        },
        {
          object: 'process',
          property: 'exit',
          message: 'Only cli.ts ends the process; throw or return.',
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/dashboards/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['**/dashboards/**'], message: 'The image does not have them.' }] },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/**/*.test.ts'],
    plugins: { project: { rules: { layers: layersRule } } },
    rules: { 'project/layers': 'error' },
  },
  {
    // Grafana's classic model on purpose: 11, 12 and 13 all read it.
    files: ['src/dashboards/**', 'test/**'],
    rules: { '@typescript-eslint/no-deprecated': 'off' },
  },
  { files: ['**/*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
);
