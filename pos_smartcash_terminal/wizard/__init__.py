from . import smartcash_close_session, smartcash_resolve, smartcash_resolve_many
