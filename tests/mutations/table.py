"""Each fix of a trap of Odoo's Point of Sale, and of each phase of a reload, and the test that needs it."""

from tests.mutations.runner import Mutant

SRC = "pos_smartcash_terminal/static/src"
PAYMENT = f"{SRC}/app/payment/smartcash_payment.js"
SERVICE = f"{SRC}/app/smartcash_service.js"
RUNNER = f"{SRC}/app/operation/runner.js"
CONSENT = f"{SRC}/app/operation/consent.js"
LEDGER = f"{SRC}/app/ledger/ledger.js"
OUTBOX = f"{SRC}/app/ledger/outbox.js"
DIALOG = f"{SRC}/app/payment_dialog/payment_dialog.js"
ORDER = f"{SRC}/overrides/models/order.js"
LINE = f"{SRC}/overrides/models/payment.js"
SCREEN = f"{SRC}/overrides/payment_screen/payment_screen.js"
LINES = f"{SRC}/overrides/payment_screen/payment_lines.xml"
TICKETS = f"{SRC}/overrides/ticket_screen/ticket_screen.js"
SERVER_ORDER = "pos_smartcash_terminal/models/pos/pos_order.py"
SERVER_REGISTER = "pos_smartcash_terminal/models/operation/register.py"

SALE = "odoo pos_smartcash_connector:TestCashlogySale"
TRAP = "odoo pos_smartcash_connector:TestCashlogyTraps"
TROUBLE = "odoo pos_smartcash_connector:TestCashlogyTrouble"
PHASES = "e2e test_reload_phases.py::"

MUTANTS = (
    Mutant(
        "refund_unpaid",
        "a refund is validated although the machine paid nothing out",
        SCREEN,
        "(waiting.length || !isPaidBack)",
        "false",
        f"{SALE}.test_a_refund_is_not_validated_before_the_machine_paid",
    ),
    Mutant(
        "validate_running",
        "Validate drops a line that the machine works on",
        SCREEN,
        "if (waiting.some((line) => line.isHeldByMachine())) {",
        "if (false) {",
        f"{TROUBLE}.test_an_unknown_outcome_keeps_the_order_until_somebody_decides",
    ),
    Mutant(
        "drop_held_line",
        "a line with money in the machine is taken off the order",
        ORDER,
        "if (line.isHeldByMachine()) {\n            return;",
        "if (false) {\n            return;",
        f"{SALE}.test_a_partial_payment_is_kept_and_the_rest_paid_otherwise",
    ),
    Mutant(
        "x_of_running_line",
        "the X of a running line says nothing",
        SCREEN,
        "if (!line.isHeldByMachine()) {\n            return super.deletePaymentLine(...arguments);",
        "if (true) {\n            return super.deletePaymentLine(...arguments);",
        f"{TRAP}.test_a_running_line_is_neither_dropped_nor_forced_nor_edited",
    ),
    Mutant(
        "late_answer",
        "a late answer turns a paid line into one to retry",
        LINE,
        'if (value !== "done" && this.isHeldByMachine() && this.payment_status === "done") {',
        "if (false) {",
        f"{SALE}.test_a_partial_payment_is_kept_and_the_rest_paid_otherwise",
    ),
    Mutant(
        "core_buttons",
        "core's own status and buttons show on a machine's line",
        LINES,
        '<t t-if="!line.isSmartcash()">$0</t>',
        '<t t-if="line">$0</t>',
        f"{TRAP}.test_a_running_line_is_neither_dropped_nor_forced_nor_edited",
    ),
    Mutant(
        "cancel_lies",
        "core is told how a cancel ended before anybody knows",
        PAYMENT,
        "return !(await this.smartcash.operations.end(uuid));",
        "return false;",
        f"{TRAP}.test_a_running_line_is_neither_dropped_nor_forced_nor_edited",
    ),
    Mutant(
        "rejected_start",
        "a start that throws leaves the line waiting for ever",
        RUNNER,
        "run.watch.watch(true);\n                return;\n            }\n            this._end(",
        "throw error;\n            }\n            this._end(",
        f"{TRAP}.test_a_driver_that_fails_leaves_no_line_waiting",
    ),
    Mutant(
        "double_send",
        "a double click on Send starts two operations",
        PAYMENT,
        "        if (this.smartcash.operations.has(line.smartcash_uuid)) {\n"
        "            return this.smartcash.operations.end(line.smartcash_uuid);\n"
        "        }\n"
        "        const isHeld = line.isHeldByMachine();\n",
        "        const isHeld = false;\n",
        f"{SALE}.test_a_double_click_starts_one_operation",
    ),
    Mutant(
        "wrong_order",
        "the outcome is written on the order in front, not on the one that asked",
        PAYMENT,
        "        const order = this._findOrder(op.orderUid);\n"
        "        const line = order?.get_paymentlines().find((one) => one.smartcash_uuid === op.uuid);\n"
        "        const wasAside",
        "        const order = this.pos.get_order();\n"
        "        const line = order.selected_paymentline;\n"
        "        const wasAside",
        f"{SALE}.test_money_lands_on_the_order_that_asked_for_it",
    ),
    Mutant(
        "keys_behind",
        "keys typed while the machine works reach the screen behind",
        DIALOG,
        "event.stopPropagation();",
        "return;",
        f"{TRAP}.test_an_order_that_grows_meanwhile_is_not_closed_unpaid",
    ),
    Mutant(
        "typed_too_much",
        "an amount typed beyond what is due: the machine keeps the change, the books give it",
        PAYMENT,
        'return this._mayTake(line) ? null : { code: "machine_gives_change" };',
        "return null;",
        f"{TRAP}.test_change_is_never_typed_in",
    ),
    Mutant(
        "change_nobody_gives",
        "core books change of a till whose only cash is a machine",
        SCREEN,
        "return this._isChangeLeft();",
        "return false;",
        f"{TRAP}.test_an_order_that_shrinks_afterwards_is_paid_back_by_the_machine",
    ),
    Mutant(
        "draft_sync",
        "a sync makes the payments anew, and the operation loses its payment",
        SERVER_ORDER,
        '        self.env["smartcash.operation"]._match_uuids([*before, *after])\n',
        "",
        f"{TRAP}.test_two_machine_payments_of_one_order_that_was_a_draft_between_them",
    ),
    Mutant(
        "drawer_opens",
        "cash in a machine opens the drawer",
        ORDER,
        "(!line.isSmartcash() || isByHand(line.smartcash_uuid))",
        "true",
        f"{TRAP}.test_a_line_that_was_not_sent_pays_nothing",
    ),
    Mutant(
        "delete_order",
        "an order that the machine works for is deleted in the ticket screen",
        TICKETS,
        "return super.shouldHideDeleteButton(...arguments) || order.hasMoneyInMachine();",
        "return super.shouldHideDeleteButton(...arguments);",
        f"{TROUBLE}.test_an_unknown_outcome_keeps_the_order_until_somebody_decides",
    ),
    Mutant(
        "refund_limit",
        "a refund beyond the rule's limit is paid out",
        SERVER_REGISTER,
        "if limit and not 0 < wish.amount <= limit:",
        "if False:",
        f"{TRAP}.test_a_refund_beyond_the_limit_pays_nothing_out",
    ),
    Mutant(
        "refund_right",
        "a refund without the right is paid out",
        SERVER_REGISTER,
        "if right not in admission.rights:",
        "if False:",
        f"{TRAP}.test_a_refund_without_the_right_pays_nothing_out",
    ),
    Mutant(
        "cancel_owed",
        "a cancel that cannot give all back ends as if it had",
        RUNNER,
        "        if (!owedByHand(run.progress, run.handedOver)) {\n            this._settle(run);\n        }",
        "        this._settle(run);",
        f"{TROUBLE}.test_what_a_cancel_cannot_give_back_is_given_by_hand_and_booked",
    ),
    Mutant(
        "nothing_resumes",
        "nothing resumes after a reload",
        SERVICE,
        "            terminal.resumeAll(remembered.filter(({ op }) => !isCashMove(op)));\n",
        "",
        f"{SALE}.test_a_reload_while_money_goes_in_resumes_the_payment",
    ),
    Mutant(
        "by_hand_forgotten",
        "what a person must hand over is forgotten in a reload",
        LEDGER,
        "return !row.reported || owed > 0;",
        "return false;",
        "js runner_resume.test.mjs::a reload asks for the hand-over again, until it was done",
    ),
    Mutant(
        "cancel_at_once",
        "a cancel ends the payment without waiting for the machine's word",
        RUNNER,
        "            run.cancelWanted = true;\n            this._changed(run);\n",
        "            run.cancelWanted = true;\n"
        '            this._end(run, makeProgress({ state: "cancelled" }));\n',
        "e2e test_cancel.py::test_last_coin_that_drops_while_the_cancel_is_on_its_way_ends_as_paid",
    ),
    Mutant(
        "payout_offline",
        "without Odoo the machine pays out",
        CONSENT,
        'if (op.kind === "sale" && this._driver.worksOffline(op)) {',
        "if (true) {",
        "e2e test_outages.py::test_odoo_down_pays_nothing_out_and_says_why",
    ),
    Mutant(
        "uuid_lost",
        "core's cid is not stable: without a uuid of our own the line is not found again",
        LINE,
        "        this.smartcash_uuid = json.smartcash_uuid || null;",
        "        this.smartcash_uuid = null;",
        f"{PHASES}test_accepting_beside_another_payment_pays_the_right_line",
    ),
    Mutant(
        "reload_registering",
        "a reload while Odoo is asked leaves the line waiting",
        RUNNER,
        "        if (isEnded(run.progress) || run.missing < MISSING_LOOKS || this._isBeingStarted(run)) {",
        "        if (true) {",
        f"{PHASES}test_registering_starts_nothing_and_a_retry_is_paid",
    ),
    Mutant(
        "reload_starting",
        "a start that never arrived leaves the line waiting",
        RUNNER,
        "this._clock.now() < sentAt + lasts",
        "true",
        f"{PHASES}test_start_that_never_arrived_ends_as_nothing",
    ),
    Mutant(
        "reload_start_arrived",
        "a start whose answer was lost counts as not started",
        RUNNER,
        "        run.known = true;\n        run.missing = 0;\n",
        '        if (run.resumed) {\n            this._withdraw(run, "failed");\n'
        "            return false;\n        }\n",
        f"{PHASES}test_start_whose_answer_is_lost_goes_on",
    ),
    Mutant(
        "reload_dispensing",
        "after a reload the end of an operation is not written on its order",
        PAYMENT,
        "if (line && !order.finalized) {",
        "if (line && !resumed && !order.finalized) {",
        f"{PHASES}test_dispensing_ends_paid_and_gives_change_once",
    ),
    Mutant(
        "end_unreported",
        "an end that could not be reported is forgotten",
        OUTBOX,
        "                if (error instanceof LedgerUnreachable) {\n",
        "                if (error instanceof LedgerUnreachable) {\n"
        "                    this._store.remove(letter.id);\n",
        f"{PHASES}test_ended_and_neither_report_nor_order_reached_odoo",
    ),
    Mutant(
        "crash_forgets",
        "what runs is remembered by the page only, not on disk",
        PAYMENT,
        "        if (!saveOrder(order)) {\n"
        "            return this._refuseUnsaved(line);\n"
        "        }\n"
        "        return this._watch(this._makeOperation(order, line), { order, resume: false });",
        "        setInterval(() => localStorage.clear(), 50);\n"
        "        return this._watch(this._makeOperation(order, line), { order, resume: false });",
        f"{PHASES}test_browser_that_crashed_goes_on_when_it_is_started_again",
    ),
    Mutant(
        "order_twice",
        "two tabs that send the same order sell it twice",
        SERVER_ORDER,
        "        self._smartcash_take_turns(orders)\n",
        "",
        "e2e test_interruptions.py::"
        "test_old_tab_that_is_slow_to_leave_does_not_book_the_sale_again",
    ),
    Mutant(
        "lost_is_failed",
        "a connection that is lost counts as a payment that failed",
        RUNNER,
        "        run.lostSince = this._clock.now();\n",
        "        run.lostSince = this._clock.now();\n"
        '        this._end(run, makeProgress({ state: "failed" }));\n',
        f"{PHASES}test_till_without_network_finds_the_payment_when_it_is_back",
    ),
)
