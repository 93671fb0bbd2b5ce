/**
 * Lets Node run the shipped files as they are: `node --import ./tests/js/loader.mjs --test tests/js`.
 * Odoo's module paths and extensionless relative imports lead to the files under static/src.
 */
import { register } from "node:module";

register("./loader_hooks.mjs", import.meta.url);
