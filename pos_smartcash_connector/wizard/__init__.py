from . import smartcash_pairing, smartcash_setup
