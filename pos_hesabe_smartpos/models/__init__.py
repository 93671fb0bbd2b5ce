from . import (
    hesabe_account,
    hesabe_account_refunds,
    hesabe_account_terminals,
    hesabe_mapping,
    hesabe_refund,
    hesabe_token,
    pos_payment_method,
    smartcash_device,
    smartcash_device_driver,
    smartcash_device_refund,
    smartcash_operation,
    smartcash_operation_refund,
)
