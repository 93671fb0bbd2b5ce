/** What the files that Node loads take from Odoo. */
declare module "@web/core/l10n/translation" {
    export function _t(term: string, ...values: unknown[]): string;
}
