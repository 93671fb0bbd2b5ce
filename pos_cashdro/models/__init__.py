from . import (
    cashdro_access,
    pos_payment_method,
    smartcash_device,
    smartcash_device_browser,
    smartcash_device_browser_lookout,
    smartcash_device_connection,
    smartcash_device_driver,
    smartcash_device_levels,
    smartcash_device_lookout,
    smartcash_operation,
    smartcash_rule,
)
