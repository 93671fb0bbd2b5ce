from . import smartcash_resolve
