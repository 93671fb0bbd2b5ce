from . import smartcash_pairing
