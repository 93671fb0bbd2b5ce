import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);
const SHIPPED = /\/static\/src\/.+\.js$/;
/** Of Odoo's own files, the one that words need. */
const TRANSLATION = "@web/core/l10n/translation";
const ODOO_PATH = /^@(pos_\w+)\/(.+)$/;

export async function resolve(specifier, context, nextResolve) {
    if (specifier === TRANSLATION) {
        return found(new URL("./support/translation.mjs", import.meta.url));
    }
    const odooPath = ODOO_PATH.exec(specifier);
    if (odooPath) {
        const [, addon, path] = odooPath;
        return found(new URL(`${addon}/static/src/${path}.js`, ROOT));
    }
    if (specifier.startsWith(".") && SHIPPED.test(context.parentURL || "")) {
        return found(new URL(`${specifier}.js`, context.parentURL));
    }
    return nextResolve(specifier, context);
}

export async function load(url, context, nextLoad) {
    if (url.startsWith("file:") && SHIPPED.test(url)) {
        const source = await readFile(fileURLToPath(url), "utf8");
        if (!source.startsWith("/** @odoo-module")) {
            throw new Error(`${url} has no @odoo-module header: Odoo would not load it`);
        }
        return { format: "module", source, shortCircuit: true };
    }
    return nextLoad(url, context);
}

function found(url) {
    return { url: url.href, format: "module", shortCircuit: true };
}
