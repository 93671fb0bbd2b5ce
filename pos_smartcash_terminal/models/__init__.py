from . import device, operation, pos, session, smartcash_rule, smartcash_rule_users
