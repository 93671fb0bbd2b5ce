from . import pos_payment_method, smartcash_device
