from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    keep_the_second_tap(cr)
    say_who_counted(cr)
    link_transfers(env)


def keep_the_second_tap(cr):
    """A tap that only chose a payment method yesterday starts no machine today: a manager says so."""
    cr.execute(
        """
        UPDATE pos_payment_method
           SET smartcash_auto_start = false
         WHERE smartcash_device_id IS NOT NULL
        """
    )


def say_who_counted(cr):
    """Counts have their evidence now. A local machine was counted by its till, whose device may have
    changed its transport since: then the weaker evidence is the true one."""
    cr.execute(
        """
        UPDATE smartcash_count AS count
           SET evidence = CASE WHEN count.source = 'manual' THEN 'manual'
                               WHEN device.transport = 'server' THEN 'server'
                               ELSE 'client' END
          FROM smartcash_device AS device
         WHERE device.id = count.device_id AND count.evidence IS NULL
        """
    )


def link_transfers(env):
    """The two halves of a transfer between machine and safe know each other now. They met on the
    company's transfer account."""
    operations = env["smartcash.operation"].search([("statement_line_id", "!=", False)])
    for line in operations.statement_line_id | operations.superseded_line_ids:
        account = line.company_id.transfer_account_id
        item = line.move_id.line_ids.filtered(
            lambda item, account=account: item.account_id == account
        )
        other = (
            item.matched_debit_ids.debit_move_id | item.matched_credit_ids.credit_move_id
        ).filtered(lambda other, line=line: other.move_id != line.move_id)
        counterpart = other.move_id.statement_line_id
        if len(counterpart) == 1 and not line.smartcash_is_transfer:
            for half, whole in ((line, counterpart), (counterpart, line)):
                half.write({"smartcash_is_transfer": True, "smartcash_transfer_id": whole.id})
