import js from "@eslint/js";
import globals from "globals";

export default [
    { ignores: ["**/static/lib/**", "node_modules/**", ".venv/**", ".run/**"] },
    js.configs.recommended,
    {
        files: ["**/*.{js,mjs}"],
        languageOptions: {
            ecmaVersion: 2022,
            sourceType: "module",
            globals: { ...globals.browser, odoo: "readonly", luxon: "readonly", $: "readonly" },
        },
        linterOptions: { reportUnusedDisableDirectives: "error" },
        rules: {
            curly: ["error", "all"],
            eqeqeq: "error",
            "no-console": ["error", { allow: ["info", "warn"] }],
            "no-restricted-globals": ["error", "event", "self"],
            "no-shadow": "error",
            "no-unused-vars": ["error", { args: "none" }],
            "no-var": "error",
            "object-shorthand": "error",
            "prefer-const": "error",
        },
    },
    {
        files: ["**/tests/unit/**/*.{js,mjs}", "**/*.test.{js,mjs}", "tests/**/*.{js,mjs}"],
        languageOptions: { globals: globals.node },
    },
];
