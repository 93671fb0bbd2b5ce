from . import (
    account_bank_statement_line,
    account_move,
    pos_config,
    pos_order,
    pos_order_books,
    pos_order_paid_twice,
    pos_payment,
    pos_payment_method,
    pos_payment_source,
)
