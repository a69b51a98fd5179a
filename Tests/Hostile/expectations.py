# SPDX-License-Identifier: Apache-2.0
"""What a control plane under attack must keep to, and where it says what it refused: every bound and every name in one place."""

from dataclasses import dataclass

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Latency:
    """What an honest team's step may take from launch to end while another location attacks."""

    # The median may grow to this multiple of what it was before the attack, and by a floor of noise, in seconds.
    median_factor: float
    median_floor: float
    # The longest that a single step, or a single answer of /healthz, may take, in seconds.
    longest: float


# The property that the control plane promises: 2 cores, release build, nothing else on the machine.
IDLE = Latency(median_factor=1.10, median_floor=0.010, longest=0.250)
# For debug builds on a machine that does other work: what no attack that succeeds would stay below.
BUSY = Latency(median_factor=2.0, median_floor=0.150, longest=3.0)


@dataclass(frozen=True)
class Bounds:
    """How far an attack may make the daemon grow, and how long it may keep it from starting."""

    # Resident memory at its highest during the attack, above what it was before.
    memory_mb: int = 256
    # Everything in the data directory.
    store_mb: int = 48
    # What the daemon writes on its standard error.
    log_mb: int = 4
    # From the start of a new process on the same data directory, the attacker still there, to an honest step's end.
    restart_seconds: float = 15.0
    # Resident memory of that new process at its highest.
    restart_memory_mb: int = 400


# A manifest may have 64 MiB: it is held once as bytes, once decoded, and once as the definitions that are in force.
LARGE_MANIFEST = Bounds(memory_mb=448, store_mb=160, restart_seconds=30, restart_memory_mb=640)

# Address space of a daemon under attack: one that grows without bound dies of it, and not the machine.
ADDRESS_SPACE = 6_000_000_000
# How long one attack may go on in all, whatever it does to the daemon.
PATIENCE = 60.0

# Where the daemon says what it refused or dropped: a line of the location's `problems` (GET /v1/locations), the `detail` of its state,
# or one of these counters with the location as a label.
REFUSAL_METRICS = ("sluice_location_refused_total", "sluice_location_dropped_total")


def refusals(metrics, locations):
    """What the counters say about some locations: reason and count."""
    found = {}
    for name, labels, value in metrics:
        if name in REFUSAL_METRICS and labels.get("location") in locations and value > 0:
            reason = labels.get("reason", name)
            found[reason] = found.get(reason, 0) + value
    return found
