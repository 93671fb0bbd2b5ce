"""Every patience and pace of the gateway in one place; in seconds, unless a comment says otherwise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """How long the gateway waits, and how often it asks. The first group is the configuration's."""

    poll: float = 0.05  # from an answer to the next question while money moves
    health: float = 2.0  # between two questions while nothing happens
    reply: float = 5.0
    stop: float = 20.0  # the machine may still be counting
    payout: float = 60.0
    recovery: float = 120.0  # a lost or busy machine, before the outcome is called unknown

    # -- the wire ------------------------------------------------------------------------
    connect: float = 3.0
    refused: float = 1.0  # a Connector that restarts its socket refuses for a moment
    grace: float = 0.5  # after this silence a reply that is shorter than usual is taken as it is
    probe: float = 5.0  # the answer to a probe of the wire
    questions: int = 16  # frames in any second that only ask; the Connector logs each of them
    calm_after: float = 10.0  # without a piece, after which the machine is asked less often
    calm: float = 0.35  # from an answer to the next question then, and while it is busy

    # -- the machine ---------------------------------------------------------------------
    initialise: float = 240.0  # a cold start takes about a minute
    charge: float = 1800.0  # the customer pays on the Connector's screen meanwhile
    collect: float = 910.0  # somebody empties the stacker meanwhile (as long as in field use)
    piece: float = 0.3  # each of many pieces; coins and notes come out side by side
    busy: float = 5.0  # another command of the machine
    stuck: float = 300.0  # of BUSY, then `#!#` and `#Z#`

    # -- an operation --------------------------------------------------------------------
    silent: float = 4.0  # without a usable answer, after which the cashier is told
    slow_disk: float = 0.1  # the end of an operation waits so long for the journal
    live: float = 30.0  # in which the customer is surely still there
    resend: float = 30.0  # in which a payout that was never sent still makes sense
    count: float = 3.0  # the count that proves the outcome, when nothing is in doubt

    # -- between operations --------------------------------------------------------------
    contact: float = 2.0  # a start waits so long for a machine that seemed to be offline
    fresh_count: float = 8.0  # whoever asks for the inventory waits so long for a new one
    back_off: float = 5.0  # at most, between two tries to reach the machine
    probe_journal: float = 60.0  # between two proofs that the journal can be written

    # -- a page that listens ---------------------------------------------------------------
    token: float = 5.0  # the first message of a WebSocket
    heartbeat: float = 20.0
    send: float = 10.0  # that one message may take to leave

    # -- the end of the process ----------------------------------------------------------
    dispensing: float = 15.0  # a stop of the gateway waits so long for pieces that are falling
    stopping: float = 5.0
    requests: float = 1.0  # open requests get so long
