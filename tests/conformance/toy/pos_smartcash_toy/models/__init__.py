from . import driver, pos_payment_method, smartcash_device
