# SPDX-License-Identifier: Apache-2.0
"""Numbers and shapes that stop a process which trusts them."""

import wire
from attacks.attack import Attack
from wire import execution, identifiers, location

NAN = float("nan")
INFINITY = float("inf")
# Microseconds at either end of what a field may hold.
EXTREMES = (-wire.INT64 - 1, -wire.INT64, -1, 0, 1, wire.INT64)


class Honest(Attack):
    """Does nothing wrong at all: what the other attacks are compared with."""

    kind = "trap"
    quick = True
    is_said = False


class DroppedLinesOverflow(Attack):
    """Reports 2^64-1 dropped log lines about a step, and retells the report in the status of every later session."""

    kind = "trap"
    quick = True
    is_said = False

    def __init__(self, copy=0):
        super().__init__(copy)
        self.known = []

    def status(self, session):
        reports = [wire.logged(attempt, ["a", "b"], dropped=wire.UINT64) for attempt in self.known]
        yield session.status(
            attempts=[execution.KnownAttempt(attempt=report.attempt, reports=[report, report]) for report in reports])

    def grant(self, session, grant):
        self.known.append(grant.attempt)
        yield session.reports(wire.started(grant.attempt))
        for _ in range(3):
            yield session.reports(wire.logged(grant.attempt, ["a", "b"], dropped=wire.UINT64))

    def drive(self, scene):
        scene.launch("hostile/asset")


class _SessionNumbers(Attack):
    """Says one thing after the other in new sessions, since each may end the one it is said in."""

    kind = "trap"
    seconds = 6.0

    copies = 5

    def openings(self):
        """What `opened` says in turn, beside what is honest."""
        return [{}]

    def messages(self, session):
        """What is said in turn: functions that make the messages, since numbers count from where the session is."""
        return [lambda: []]

    def session(self, session):
        turn = self.next_turn()
        openings = self.openings()
        yield session.opened(**openings[turn % len(openings)])
        yield session.status()
        messages = self.messages(session)
        yield from messages[turn % len(messages)]()
        yield from session.serve(0.3)


class ExtremeSlots(_SessionNumbers):
    """Opens sessions with 0 and 2^32-1 slots, and changes between them in heartbeats."""

    quick = True
    is_said = False

    def openings(self):
        return [{"slots": wire.UINT32}, {"slots": 0}, {"session": wire.UINT64}]

    def messages(self, session):
        slots = (0, wire.UINT32, 1 << 31, 1) * 5
        return [lambda: [session.heartbeat(slots=count, in_flight=wire.UINT32) for count in slots]]

    def drive(self, scene):
        scene.launch("hostile/asset")


class ExtremeIntervals(_SessionNumbers):
    """Says in heartbeats that they come every 0, -2^63 and 2^63-1 microseconds."""

    is_said = False

    def messages(self, session):
        return [lambda extreme=extreme: [session.heartbeat(interval_us=extreme)] for extreme in EXTREMES]


class SequenceNumbers(_SessionNumbers):
    """Numbers its events 0, 2^64-1, and beyond the last one; acknowledges commands of the future."""

    quick = True

    def messages(self, session):
        draining = wire.event(wire.field(3))

        def numbered(first, count=2):
            return lambda: [wire.events(first, draining * count)]

        def acknowledging(number):
            return lambda: [location.SessionResponse(acknowledged=number)]

        return [
            numbered(0), numbered(wire.UINT64), numbered(wire.UINT64 - 1, 3), numbered(3), numbered(1, 5), numbered(1 << 63),
            acknowledging(wire.UINT64), acknowledging(1), acknowledging(1 << 63),
        ]


class ResumedWithoutPast(_SessionNumbers):
    """Says that sessions go on which never were, with every command of the future acknowledged."""

    def session(self, session):
        opened = session.opened(resumed=True, session=wire.UINT64)
        opened.acknowledged = wire.UINT64
        yield opened
        yield from session.serve(0.2)


class ExtremeIdentifiers(_SessionNumbers):
    """Reports about attempts and versions whose every number is the largest or 0, and settles them."""

    is_said = False

    def messages(self, session):
        found = []
        for incarnation in (0, session.incarnation, wire.UINT32):
            for run in (0, 1, 1 << 63, wire.UINT64):
                for step in (0, 1 << 31, wire.UINT32):
                    for number in (0, 1, wire.UINT32):
                        attempt = wire.attempt(incarnation, run, step, number)
                        found += [wire.started(attempt), wire.staged(attempt, ["hostile/asset"]), wire.finished(attempt)]
        settled = [
            location.Event(settled=location.Event.Settled(
                version=wire.version(incarnation, "hostile/asset", number), decision=decision, error="no"))
            for incarnation in (0, session.incarnation) for number in (0, 1, wire.UINT32) for decision in (0, 1, 2, 3, 4, -1)
        ]
        unsettled = [wire.version(0, "hostile/asset", wire.UINT32)]
        return [
            lambda: [session.reports(*found)], lambda: [session.events(*settled)],
            lambda: [session.status(unsettled=unsettled)],
        ]


class ExtremeReports(Attack):
    """Says about its step everything that a number field can hold: instants, enumerations, sizes, NaN."""

    kind = "trap"
    quick = True
    is_said = False

    def metadata(self):
        found = {f"time {value}": identifiers.MetadataValue(timestamp_us=value) for value in EXTREMES}
        for value in (NAN, INFINITY, -INFINITY, 5e-324, 1.8e308):
            found[f"float {value}"] = identifiers.MetadataValue(float=value)
        for value in EXTREMES:
            found[f"int {value}"] = identifiers.MetadataValue(int=value)
        return found

    def grant(self, session, grant):
        attempt = grant.attempt
        lines = [
            execution.LogLine(at_us=at, level=level, message="line") for at in EXTREMES for level in (1, 2, 3, 4)
        ]
        yield session.reports(wire.started(attempt))
        yield session.reports(execution.StepReport(attempt=attempt, logged=execution.StepReport.Logged(lines=lines)))
        staged = wire.staged(attempt, ["hostile/asset"], self.metadata())
        for size in EXTREMES:
            staged.staged.outputs[0].locator.size = size
        yield session.reports(staged)
        evaluation = wire.evaluation("check", wire.PASSED)
        for name, value in self.metadata().items():
            evaluation.metadata[name].CopyFrom(value)
        yield session.reports(wire.checked(attempt, "hostile/asset", [evaluation]))
        yield session.reports(wire.finished(attempt))

    def steps(self):
        return [wire.step(wire.asset("hostile/asset", checks=[wire.check("check")]))]

    def drive(self, scene):
        for _ in range(5):
            scene.ends(scene.launch("hostile/asset"))

    def judge(self, scene):
        for path in ("/v1/asset?asset=hostile/asset", "/v1/checks?asset=hostile/asset", "/v1/runs", "/v1/partitions?asset=hostile/asset"):
            status, text = scene.daemon.ask(path)
            if status != 200:
                yield f"{path} answers {status}: {text[:120]}"


class UnknownEnumerations(Attack):
    """Answers its grants with outcomes, severities, ends and refusals that nobody has defined."""

    kind = "trap"
    is_said = False

    def grant(self, session, grant):
        attempt = grant.attempt
        for value in (-1, 0, 99, -(1 << 31), (1 << 31) - 1):
            yield session.reports(
                wire.checked(attempt, "hostile/asset", [wire.evaluation("check", value)]),
                wire.finished(attempt, refused=value))

    def drive(self, scene):
        scene.launch("hostile/asset")


class ExtremeDefinitions(Attack):
    """Ships manifests whose timeouts, retry policies, windows and limits are at the end of what their fields hold."""

    kind = "trap"
    quick = True
    seconds = 8.0

    copies = 12

    def variants(self):
        for timeout in EXTREMES:
            yield {"timeout_us": timeout}
        for policy in (
            {"max_attempts": wire.UINT32}, {"max_attempts": 0}, {"delay_us": wire.INT64}, {"delay_us": -1}, {"backoff": NAN},
            {"backoff": INFINITY}, {"backoff": -1}, {"backoff": 0}, {"backoff": 1e308, "max_attempts": 100}, {"jitter": NAN},
            {"jitter": 1e308}, {"jitter": -1}, {"max_delay_us": wire.INT64}, {"max_delay_us": -1},
        ):
            fields = dict(dict(max_attempts=100, delay_us=1, backoff=2, max_delay_us=1_000_000, jitter=0.5), **policy)
            yield {"retry": wire.manifest.RetryPolicy(**fields)}
        for start in (*EXTREMES, wire.YEAR_ONE_US, 253_402_300_799_000_000):
            for limit in (None, 0, 1, 87_660_000, wire.UINT64):
                yield {"partitions": wire.hourly(start, limit)}
        for first, last in (("0001-01-01", "9999-12-31"), ("9999-12-31", "0001-01-01"), ("0000-00-00", None), ("-001-01-01", None)):
            yield {"partitions": wire.daily(first, last)}
        yield {"partitions": wire.keys(["", "\0", "\u202e", "a" * 256, "a,b", "a..b", "latest"])}
        yield {"partitions": wire.keys(["a", "a"])}
        yield {"partitions": wire.manifest.PartitionSpace()}

    def manifest(self):
        """A location of one variant a description; each describes itself anew when its session ends."""
        variants = list(self.variants())
        fields = variants[self.next_turn() % len(variants)]
        return wire.manifest.Manifest(
            location=self.name, version=str(self.turn), steps=[wire.step(f"{self.name}/asset", **fields)],
            schedules=[wire.schedule("all", selection=f"{self.name}/*", partition=wire.manifest.Schedule.PARTITION_ALL)]).SerializeToString()

    def session(self, session):
        yield session.opened()
        yield session.status()
        yield from session.serve(0.1)


class HostileCron(Attack):
    """Ships schedules whose five fields are as large, as many and as odd as text can be."""

    kind = "trap"

    def schedules(self):
        odd = [
            "99999999999999999999 * * * *", "* * * * 7-0", "*/0 * * * *", "*/99999999999999999999 * * * *", "0-59/60 * * * *",
            "59-0 * * * *", "-1 * * * *", ",,,, * * * *", "* " * 8_000, "0,1," * 3_000 + "2 * * * *", "0 0 31 2 *", "٣ * * * *",
        ]
        return [wire.schedule(f"schedule {number}", cron=cron) for number, cron in enumerate(odd)]


class DeepNesting(_SessionNumbers):
    """Nests lists of metadata, unknown groups and unknown messages as deeply as 3 MB allow."""

    quick = True
    is_said = False

    def messages(self, session):
        def nested(depth):
            value = wire.field(10, b"")
            for _ in range(depth):
                value = wire.field(10, wire.field(1, value))
            return value

        # The field that is a list's value, in the list, in the value, a million times over.
        lists = wire.nested(10, 500_000)
        # Groups that nothing ends, and groups in an unknown field.
        groups = (b"\xa3\x06" * 1_000_000, b"\xa3\x06" * 500_000 + b"\xa4\x06" * 500_000)
        return [
            *(lambda depth=depth: [self.staged(session, nested(depth))] for depth in (9, 99, 101, 5_000)),
            lambda: [self.staged(session, lists)], *(lambda group=group: [session.raw(wire.event(group), 1)] for group in groups),
        ]

    @staticmethod
    def staged(session, value):
        attempt = wire.field(1, wire.attempt(session.incarnation, 1))
        entry = wire.field(3, wire.field(1, "deep") + wire.field(2, value))
        output = wire.field(1, "hostile/asset") + wire.field(2, b"") + entry
        return session.raw(wire.report(attempt + wire.field(4, wire.field(1, output))), 1)


class MalformedBytes(_SessionNumbers):
    """Sends varints of more than ten bytes, lengths beyond the end, bad UTF-8, wrong wire types, and bytes that are nothing."""

    def messages(self, session):
        return [
            lambda data=data: [data]
            for data in (
                b"\xff" * 64, b"\x08" + b"\xff" * 20 + b"\x01", wire.field(3, b"\x12\xff\xff\xff\xff\x0f"),
                wire.field(3, wire.number_field(1, 1) + wire.event(wire.field(2, wire.field(3, b"\xff\xfe\xfd")))),
                b"\x1a" + wire.varint(wire.UINT64), b"\x1d\x00\x00\x00\x00", b"\x00" * 1_000, b"\x07", wire.field(3, b"\x0b"),
                wire.number_field(3, 1), wire.double_field(1, 1.0),
            )
        ]
