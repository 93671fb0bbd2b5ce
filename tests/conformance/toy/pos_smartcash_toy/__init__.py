from odoo.addons.pos_smartcash_terminal.hooks import release_payment_methods

from . import models


def uninstall_hook(env):
    release_payment_methods(env, ["toy"])
