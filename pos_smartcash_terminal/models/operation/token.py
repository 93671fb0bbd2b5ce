from odoo import _, api, models

from ...core.driver_api import DeviceRefused
from ...core.registration import RIGHTS, Refused

SHIFT_SCOPE = ("status", "sale")
OPERATION_SCOPE = ("status", "operation")


class SmartcashOperation(models.Model):
    """Tokens with which a till talks to a device's gateway."""

    _inherit = "smartcash.operation"

    @api.model
    def issue_token(self, session_id, scope, device_id=None):
        """A shift's token, or the token of one operation.

        :param scope: list out of ``status`` and ``sale``, or the uuid of an operation
        :param device_id: which device a shift's token is for, when the POS has several
        :returns: ``{"token", "expiresAt"}`` (None for makes without tokens); or ``{"refused": …}``
        """
        self._check_pos_user()
        try:
            session = self._open_session(session_id)
            if isinstance(scope, str):
                token = self._operation_token(session, scope)
            else:
                token = self._shift_token(session, scope, device_id)
        except Refused as refused:
            return refused.to_wire()
        return token or {"token": None, "expiresAt": None}

    def _shift_token(self, session, scope, device_id):
        if (
            not isinstance(scope, (list, tuple))
            or not scope
            or any(not isinstance(word, str) or word not in SHIFT_SCOPE for word in scope)
        ):
            raise Refused("bad_values", _("The scope is a list out of: %s", ", ".join(SHIFT_SCOPE)))
        methods = session.config_id.payment_method_ids.filtered(
            lambda method: method._is_smartcash()
        )
        admissions = [
            admission
            for admission in self.env["smartcash.rule"]
            ._admit(methods, session.config_id, self.env.user)
            .values()
            if admission.device and device_id in (None, False, admission.device.id)
        ]
        if not admissions:
            raise Refused(
                "no_rule", _("No rule lets you use this device at %s.", session.config_id.name)
            )
        if "sale" in scope:
            admissions = [admission for admission in admissions if "sale" in admission.rights]
            if not admissions:
                raise Refused(
                    "right_missing",
                    _("Your rule does not allow sales on this device."),
                    right="sale",
                )
        if len({admission.device for admission in admissions}) > 1:
            raise Refused("bad_values", _("This Point of Sale has several devices: say which one."))
        return self._device_access(admissions[0].device, session, tuple(dict.fromkeys(scope)))

    def _operation_token(self, session, uuid):
        operation = self._lock_known(uuid)
        if operation._is_ended():
            raise Refused("ended", _("This operation has ended."))
        try:
            return self._token_of(session, operation)
        except Refused as refused:
            operation._note_refusal(refused)
            raise

    def _token_of(self, session, operation):
        operation._check_mine()
        if operation.session_id.config_id != session.config_id:
            raise Refused("not_yours", _("The operation belongs to another Point of Sale."))
        if operation.kind == "sale":
            return self._shift_token(session, list(SHIFT_SCOPE), operation.device_id.id)
        method = operation.payment_method_id
        admission = self.env["smartcash.rule"]._admit(method, session.config_id, self.env.user)[
            method.id
        ]
        if admission.code:
            raise Refused(admission.code, admission.refusal)
        if admission.device != operation.device_id:
            raise Refused("no_rule", _("No rule lets you use %s here.", operation.device_id.name))
        if RIGHTS[operation.kind] not in admission.rights:
            raise Refused(
                "right_missing",
                _("Your rule for %s does not allow this. Ask a manager.", method.name),
            )
        return self._device_access(operation.device_id, session, OPERATION_SCOPE, operation)

    def _start_token(self):
        """What the till needs to start this operation: its own token for all but sales, which go on
        with the shift's token when Odoo cannot be reached."""
        self.ensure_one()
        if self._is_ended() or self.kind == "sale" or self.device_id.transport == "server":
            return None
        return self._device_access(self.device_id, self.session_id, OPERATION_SCOPE, self)

    @api.model
    def _device_access(self, device, session, scope, operation=None):
        try:
            device = device.sudo()
            return device._driver_at_home()._access(device, session, scope, operation)
        except DeviceRefused as error:
            raise Refused("not_paired", str(error)) from error
