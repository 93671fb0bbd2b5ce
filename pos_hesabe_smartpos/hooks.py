from odoo.addons.pos_smartcash_terminal.hooks import release_payment_methods


def uninstall_hook(env):
    release_payment_methods(env, ["hesabe"])
