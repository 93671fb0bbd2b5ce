from . import hesabe_fetch, hesabe_pay, smartcash_setup
