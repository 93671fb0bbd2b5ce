def release_payment_methods(env, terminals):
    """Make ordinary methods of those that use one of ``terminals`` (driver names).

    SQL on purpose: ``write`` is forbidden while a session is open, and a value that is no
    longer in the selection would break every form that shows the method.
    """
    env.cr.execute(
        """
        UPDATE pos_payment_method
           SET use_payment_terminal = NULL, smartcash_device_id = NULL
         WHERE use_payment_terminal IN %s
        """,
        [tuple(terminals)],
    )
    env["pos.payment.method"].invalidate_model(["use_payment_terminal", "smartcash_device_id"])


def uninstall_hook(env):
    drivers = [value for value, _label in env["smartcash.device"]._fields["driver"].selection]
    if drivers:
        release_payment_methods(env, drivers)
