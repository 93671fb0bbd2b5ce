from . import (
    pos_make_payment,
    setup,
    smartcash_close_session,
    smartcash_resolve,
    smartcash_resolve_many,
)
