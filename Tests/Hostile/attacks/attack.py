# SPDX-License-Identifier: Apache-2.0
"""What every attack is made of."""

import itertools

from expectations import Bounds
from server import Host, serve


class Attack(Host):
    """A location that is honest wherever a subclass does not override what it does.

    The same class works in two processes: as the location's server, and beside the daemon, where it is driven and judged.
    """

    # Which kind of harm it tries.
    kind = ""
    # Whether `make test` runs it, too.
    quick = False
    # How long honest steps are measured, from the moment at which the hostile server listens.
    seconds = 4.0
    bounds = Bounds()
    # Whether operators must be told: by a problem of the location, or by a counter.
    is_said = True
    # Of these reasons for which something is counted as refused or dropped, one must be; none where the reason is not agreed upon.
    reasons = ()
    # Whether the daemon is killed and started again on what the attack has left, the attacker still there.
    restarts = True
    # Whether the time of honest steps is judged.
    is_timed = True

    # How many locations do it at once, each with its own part of what there is to be tried: one is made to wait between two tries.
    copies = 1

    options = {}
    # The scene's directory, in the server's process.
    home = ""

    def __init__(self, copy=0):
        self.name = self.names()[copy]
        super().__init__()
        self._turns = itertools.count(copy, self.copies)
        self.turn = copy

    @classmethod
    def names(cls):
        """What its locations are called."""
        return [Host.name + (str(copy) if copy else "") for copy in range(cls.copies)]

    def next_turn(self):
        """Which of the variants is next, none of which another copy tries first; also in `turn`."""
        self.turn = next(self._turns)
        return self.turn

    @property
    def scale(self):
        """What a size is multiplied by: 1, or less where the quick half is asked for."""
        return self.options.get("scale", 1.0)

    def scaled(self, count):
        return max(1, int(count * self.scale))

    # ------------------------------------------------------------ as a server

    def reads(self):
        """The steps of an honest team that reads what this one makes; none for no such team."""
        return []

    def listen(self, address):
        return serve(self, address)

    # ------------------------------------------------------------ beside the daemon

    def prepare(self, scene):
        """What is done before the hostile server is there."""

    def drive(self, scene):
        """What is asked of the daemon while the attack goes on."""

    def judge(self, scene):
        """Further faults, one line each, after the attack and before the restart."""
        return []

    def judge_restarted(self, scene):
        """Further faults of the daemon that was started again."""
        return []
