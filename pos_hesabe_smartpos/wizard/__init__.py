from . import hesabe_fetch, hesabe_pay
