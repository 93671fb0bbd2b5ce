from . import smartcash_setup
