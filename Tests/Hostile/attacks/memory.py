# SPDX-License-Identifier: Apache-2.0
"""Few bytes that become many."""

import wire
from attacks.attack import Attack
from expectations import LARGE_MANIFEST, Bounds
from wire import LARGEST, MEGABYTE, MESSAGE, location


def staged(session, metadata):
    """A report, of an attempt that nobody granted, that an output is staged; its metadata already encoded."""
    output = wire.field(1, "hostile/asset") + wire.field(2, wire.field(1, "file") + wire.field(3, "jsonl/1")) + metadata
    attempt = wire.field(1, wire.attempt(session.incarnation, 1))
    return session.raw(wire.report(attempt + wire.field(4, wire.field(1, output))), 1)


def entry(name, value):
    """An entry of a metadata dictionary."""
    return wire.field(3, wire.field(1, name) + wire.field(2, value))


class EmptyMetadataTable(Attack):
    """Sends a table of 30,000 empty columns and 30,000 empty rows: 120 kB, 14 GB once every row is padded."""

    kind = "memory"
    quick = True

    def attack(self, session):
        table = wire.field(1) * 30_000 + wire.field(2) * 30_000
        for _ in range(3):
            yield staged(session, entry("table", wire.field(8, table)))


class ManyTables(Attack):
    """Sends reports of a hundred tables each, every one as large as a single table may be."""

    kind = "memory"

    def attack(self, session):
        table = wire.field(1, "c") * 1_000 + wire.field(2) * 1_000
        entries = b"".join(entry(f"table {number}", wire.field(8, table)) for number in range(100))
        for _ in range(20):
            yield staged(session, entries)


class ListsOfNothing(Attack):
    """Sends metadata lists of millions of empty values, and of millions of empty lists."""

    kind = "memory"
    quick = True

    def attack(self, session):
        for size in (MESSAGE, LARGEST):
            count = self.scaled(size // 2)
            yield staged(session, entry("values", wire.field(10, wire.field(1) * count)))
            yield staged(session, entry("lists", wire.field(10, wire.field(1, wire.field(10)) * (count // 2))))
            yield staged(session, entry("cells", wire.field(8, wire.field(2, wire.field(1) * count))))


class DuplicateEntries(Attack):
    """Sends a metadata dictionary with one name a million times, and one with a million names."""

    kind = "memory"

    def attack(self, session):
        for count in (200_000, self.scaled(1_000_000)):
            yield staged(session, entry("same", wire.number_field(1, 1)) * count)
            yield staged(session, b"".join(entry(f"{number:x}", b"") for number in range(count)))


class _ManifestOfNothing(Attack):
    """A manifest of 64 MB that holds nothing, many times over."""

    kind = "memory"
    bounds = LARGE_MANIFEST
    seconds = 10.0
    # What is repeated.
    element = b""

    def manifest(self):
        room = self.scaled(63 * MEGABYTE)
        return wire.field(1, "hostile") + self.body(room)

    def body(self, room):
        return self.element * (room // len(self.element))


class ManifestOfEmptySteps(_ManifestOfNothing):
    """Ships a manifest of 64 MB of empty steps."""

    quick = True
    element = wire.field(3)


class ManifestOfEmptySchedules(_ManifestOfNothing):
    """Ships a manifest of 64 MB of empty schedules."""

    element = wire.field(4)


class ManifestOfEmptyDependencies(_ManifestOfNothing):
    """Ships a step with 64 MB of empty dependencies."""

    def body(self, room):
        return wire.field(3, wire.field(1, "s") + wire.field(3) * (room // 2))


class ManifestOfEmptyOutputs(_ManifestOfNothing):
    """Ships a step with 64 MB of empty outputs."""

    def body(self, room):
        return wire.field(3, wire.field(1, "s") + wire.field(4) * (room // 2))


class ManifestOfEmptyChecks(_ManifestOfNothing):
    """Ships assets with 64 MB of empty checks."""

    def body(self, room):
        return wire.field(3, wire.field(1, "s") + wire.field(4, wire.field(1, "hostile/a") + wire.field(9) * (room // 2)))


class ManifestOfEmptyTags(_ManifestOfNothing):
    """Ships an asset with 64 MB of empty tags, kinds, owners and readers."""

    def body(self, room):
        lists = b"".join(wire.field(number) * (room // 8) for number in (4, 5, 6, 7))
        return wire.field(3, wire.field(1, "s") + wire.field(4, wire.field(1, "hostile/a") + lists))


class ManifestOfEmptyKeys(_ManifestOfNothing):
    """Ships a step whose partition keys are 64 MB of empty names."""

    def body(self, room):
        return wire.field(3, wire.field(1, "s") + wire.field(2, wire.field(2, wire.field(1) * (room // 2))))


class ManifestOfUnknownFields(_ManifestOfNothing):
    """Ships 64 MB of fields that nobody knows."""

    element = wire.field(999, b"")
    is_said = False


class StepsWithLongKeys(_ManifestOfNothing):
    """Ships 240 steps of 1,000 keys each, every key the same 250 letters: small once, large when repeated."""

    def body(self, room):
        found = []
        keys = wire.field(2, wire.field(2, b"".join(wire.field(1, f"{number:05}" + "k" * 245) for number in range(1_000))))
        tail = wire.field(5, wire.retry()) + wire.number_field(6, 1_000_000)
        for number in range(max(1, room // (len(keys) + 200))):
            asset = wire.asset(f"hostile/a{number}")
            found.append(wire.field(3, wire.field(1, f"s{number}") + keys + wire.field(4, asset) + tail))
        return b"".join(found)

    is_said = False


class ManifestLongerThanSaid(Attack):
    """Announces 1 byte, or 2^64-1, and describes itself for ever, one empty chunk or one byte after the other."""

    kind = "memory"
    seconds = 5.0

    copies = 3

    def describe(self):
        self.next_turn()
        size = (1, wire.UINT64, 64 * MEGABYTE)[self.turn % 3]
        yield location.DescribeResponse(header=location.DescribeResponse.Header(instance="a", digest="sha256:0", size=size))
        while True:
            yield location.DescribeResponse(chunk=b"" if self.turn % 2 else b"x")


class EndlessDescribe(Attack):
    """Describes itself with messages that say nothing, as fast as they go."""

    kind = "memory"

    def describe(self):
        while True:
            yield b""


class StatusWithoutEnd(Attack):
    """Sends parts of its status for ever, and never the last."""

    kind = "memory"
    quick = True
    seconds = 6.0

    def status(self, session):
        attempt = wire.attempt(session.incarnation, 1)
        report = wire.field(2, wire.started(attempt)) * 20_000 + wire.field(2, wire.logged(attempt, ["x" * 15_000])) * 20
        part = wire.event(wire.field(4, wire.field(1, wire.field(1, attempt) + report)))
        while True:
            yield session.raw(part, 1)


class StatusOfOneAttempt(Attack):
    """Tells in its status of one attempt millions of times, with one small report each, then ends the status."""

    kind = "memory"

    def status(self, session):
        attempt = wire.attempt(session.incarnation, 1)
        known = wire.field(1, wire.field(1, attempt) + wire.field(2, wire.started(attempt)))
        part = wire.event(wire.field(4, known * (MESSAGE // len(known))))
        for _ in range(20):
            yield session.raw(part, 1)
        yield session.status()


class PreviewOfLongRows(Attack):
    """Answers a preview with 1,000 rows of 1 MB, and again, for every caller."""

    kind = "memory"
    quick = True
    is_said = False
    seconds = 10.0

    def preview(self, request):
        cells = wire.field(2, wire.field(1, "x" * MEGABYTE))
        yield location.PreviewResponse(columns=["c"])
        for _ in range(self.scaled(1_000)):
            yield cells

    def drive(self, scene):
        scene.ends(scene.launch("hostile/asset"))
        scene.daemon.ask("/v1/preview?asset=hostile/asset&limit=1000", timeout=20)


class PreviewOfEmptyRows(Attack):
    """Answers a preview with millions of empty rows, columns and messages, and never ends it."""

    kind = "memory"
    is_said = False

    def preview(self, request):
        rows = wire.field(2) * (MESSAGE // 2)
        yield wire.field(1) * (MESSAGE // 2)
        while True:
            yield rows
            yield b""

    def drive(self, scene):
        scene.ends(scene.launch("hostile/asset"))
        scene.daemon.ask("/v1/preview?asset=hostile/asset&limit=1000", timeout=20)


class SettlementsThatFail(Attack):
    """Says 20,000 times that its storage refused to settle versions, most of which nobody made."""

    reasons = ("foreign_version",)
    kind = "memory"
    quick = True
    seconds = 14.0

    def command(self, session, command):
        if command.HasField("settle"):
            yield session.events(self.refused(command.settle.version))
        else:
            yield from super().command(session, command)

    @staticmethod
    def refused(version):
        settled = location.Event.Settled(version=version, decision=1, error="no")
        return location.Event(settled=settled)

    def attack(self, session):
        for start in range(0, self.scaled(20_000), 1_000):
            versions = [
                wire.version(session.incarnation, "hostile/asset", number + 1) for number in range(start, start + 1_000)
            ]
            yield session.events(*(self.refused(version) for version in versions))

    def drive(self, scene):
        for _ in range(20):
            scene.launch("hostile/asset")


class SettlementsThatFailForSteps(SettlementsThatFail):
    """Makes a thousand versions, and answers each of their settlements a hundred times with a refusal."""

    quick = False
    reasons = ()
    slots = 1_000

    def steps(self):
        return [wire.step("hostile/asset", partitions=wire.keys([f"p{number}" for number in range(1_000)]))]

    def attack(self, session):
        return iter(())

    def command(self, session, command):
        if command.HasField("settle"):
            yield session.events(*[self.refused(command.settle.version)] * 100)
        else:
            yield from super().command(session, command)

    def drive(self, scene):
        scene.launch("hostile/asset", partitions="all")


class LongErrors(Attack):
    """Ends its attempts, again and again, with errors of 3 MB."""

    kind = "memory"
    bounds = Bounds(memory_mb=256, store_mb=48)

    def grant(self, session, grant):
        yield session.reports(wire.started(grant.attempt))
        yield session.reports(wire.failed(grant.attempt, "e" * MESSAGE, retryable=True))

    def steps(self):
        return [wire.step("hostile/asset", retry=wire.retry(100))]

    def drive(self, scene):
        scene.launch("hostile/asset")

    is_said = False


class UnknownFieldsByTheMegabyte(Attack):
    """Fills every message with fields that a newer version might have."""

    kind = "memory"
    is_said = False

    def attack(self, session):
        unknown = wire.field(999, b"u" * MEGABYTE) * 3
        tiny = wire.number_field(998, 1) * 900_000
        for _ in range(30):
            yield session.raw(unknown, 0)
            yield session.raw(tiny, 0)
            yield session.raw(wire.event(unknown), 1)
