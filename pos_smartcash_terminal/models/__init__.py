from . import device, operation, pos, session, smartcash_rule, smartcash_rule_users

from . import alert  # isort: skip -- it adds to the models above
