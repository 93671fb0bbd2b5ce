from . import smartcash_device
from . import pos_payment_method
