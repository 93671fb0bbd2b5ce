import js from "@eslint/js";
import globals from "globals";

/** The rooms of the base's app, each of which knows only those before it. */
const ROOMS = [
    "common",
    "ledger",
    "driver",
    "operation",
    "payment",
    "cash_control",
    "levels",
    "payment_dialog",
    "machine_panel",
];

function border(room, index) {
    const later = ROOMS.slice(index + 1).map((name) => `**/${name}/**`);
    const patterns = [
        { regex: "^@pos_(?!smartcash_terminal/)", message: "The base knows no make." },
        { regex: "^(\\.\\./)+smartcash_service$", message: "Only the service knows all rooms." },
        ...(later.length
            ? [{ group: later, message: `${room} knows only the rooms before it.` }]
            : []),
    ];
    return {
        files: [`pos_smartcash_terminal/static/src/app/${room}/**/*.js`],
        rules: { "no-restricted-imports": ["error", { patterns }] },
    };
}

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
    ...ROOMS.map(border),
    {
        files: ["**/tests/unit/**/*.{js,mjs}", "**/*.test.{js,mjs}", "tests/**/*.{js,mjs}"],
        languageOptions: { globals: globals.node },
    },
];
