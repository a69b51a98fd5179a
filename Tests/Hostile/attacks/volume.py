# SPDX-License-Identifier: Apache-2.0
"""More than a share of the store, of the log, and of what a start must read."""

import random

import wire
from attacks.attack import Attack
from expectations import MEGABYTE, Bounds
from wire import EVENTS, LARGEST, MESSAGE, location


class LoggingInALoop(Attack):
    """Runs one step that logs 15,000 letters a line, for ever."""

    reasons = ("log_line",)
    kind = "volume"
    quick = True
    seconds = 5.0

    def grant(self, session, grant):
        yield session.reports(wire.started(grant.attempt))
        report = wire.report(wire.logged(grant.attempt, ["x" * 15_000] * 64))
        while True:
            yield session.raw(report, 1)

    def drive(self, scene):
        scene.launch("hostile/asset")


class LoggingShortLines(LoggingInALoop):
    """Runs one step that logs empty lines, 10,000 a report, for ever."""

    quick = False

    def grant(self, session, grant):
        yield session.reports(wire.started(grant.attempt))
        report = wire.report(wire.logged(grant.attempt, [""] * 10_000))
        while True:
            yield session.raw(report, 1)


class FinishedForNobody(Attack):
    """Reports the ends of five million attempts that were never granted."""

    reasons = ("unknown_attempt",)
    kind = "volume"
    quick = True
    seconds = 8.0

    def attack(self, session):
        report = wire.report(wire.finished(wire.attempt(session.incarnation, wire.NOBODYS_RUN)))
        for _ in range(0, self.scaled(5_000_000), EVENTS):
            yield session.raw(report * EVENTS, EVENTS)


class StagedForNobody(Attack):
    """Reports, of attempts that were never granted, that a thousand assets with long names are staged and checked."""

    reasons = ("unknown_attempt",)
    kind = "volume"

    def attack(self, session):
        attempt = wire.attempt(session.incarnation, wire.NOBODYS_RUN)
        keys = [f"hostile/{number:04}" + "k" * 200 for number in range(1_000)]
        report = wire.report(wire.staged(attempt, keys)) + wire.report(wire.checked(attempt, keys[0], []))
        while True:
            yield session.raw(report * 15, 30)


class RedeployEachTime(Attack):
    """Has another manifest, of 1 MB, each time that it is asked, and ends its session as soon as that is open."""

    kind = "volume"
    quick = True
    seconds = 6.0
    padding = 1 * MEGABYTE

    def manifest(self):
        self.next_turn()
        count = self.padding // 12_000
        steps = [
            wire.step(wire.asset(f"hostile/a{number}", description=f"{self.turn}" + "d" * 12_000)) for number in range(count)
        ]
        return wire.manifest.Manifest(
            location="hostile", version=str(self.turn), steps=steps or self.steps()).SerializeToString()

    def session(self, session):
        yield session.opened()


class RedeployByHeartbeat(RedeployEachTime):
    """Says in heartbeats that its manifest is another than it described, again and again."""

    quick = False
    padding = 0

    def session(self, session):
        yield session.opened()
        yield session.status()
        yield session.heartbeat(manifest_digest=f"sha256:{random.getrandbits(256):064x}")
        yield from session.serve(1)


class SessionsInALoop(Attack):
    """Opens a session, tells its status, ends it, and begins anew."""

    kind = "volume"

    def session(self, session):
        yield session.opened(session=random.getrandbits(63))
        yield session.status()


class CapacityFlapping(Attack):
    """Changes the number of its slots with each of a flood of heartbeats."""

    kind = "volume"
    quick = True
    # Only what is beyond its share of messages waits, and is counted; a fast daemon takes all that this client can send.
    is_said = False

    def attack(self, session):
        beats = [session.heartbeat(slots=slots) for slots in (1, 2)]
        while True:
            yield from beats


class DrainingFlapping(Attack):
    """Says in turn that it drains and that it does not."""

    kind = "volume"
    is_said = False

    def attack(self, session):
        beats = [session.heartbeat(draining=draining) for draining in (True, False)]
        while True:
            yield from beats


class MalformedReports(Attack):
    """Sends reports that cannot be read, thousands a message: each an error in the daemon's log."""

    kind = "volume"
    quick = True
    seconds = 6.0

    def attack(self, session):
        attempt = wire.attempt(session.incarnation, 1)
        report = wire.report(wire.field(1, attempt) + wire.field(5, wire.field(1, "not a key")))
        while True:
            yield session.raw(report * EVENTS, EVENTS)


class MalformedSettlements(Attack):
    """Says that versions without a number are settled, with decisions that nobody knows."""

    kind = "volume"

    def attack(self, session):
        settled = wire.event(wire.field(2, wire.field(1, wire.field(2, "hostile/asset")) + wire.number_field(2, 99)))
        while True:
            yield session.raw(settled * EVENTS, EVENTS)


class RefusedSettlements(Attack):
    """Says of one version, again and again, that its storage refuses it, with 16 kB of escape characters: a line of the log each time."""

    reasons = ("daemon_log_line",)
    kind = "volume"
    quick = True
    seconds = 6.0

    def command(self, session, command):
        if not command.HasField("settle"):
            return (yield from super().command(session, command))
        settled = location.Event.Settled(
            version=command.settle.version, decision=command.settle.decision, error="\x1b" * 16_000)
        while True:
            yield session.events(location.Event(settled=settled))

    def drive(self, scene):
        scene.launch("hostile/asset")


class UnknownEvents(Attack):
    """Sends events of nothing, one a message: a line of the log each time."""

    reasons = ("daemon_log_line",)
    kind = "volume"
    quick = True
    seconds = 5.0

    def attack(self, session):
        while True:
            yield session.raw(wire.event(), 1)


class LongNames(Attack):
    """Ships, one after the other, manifests in which one name of every kind has 15 MB."""

    kind = "volume"
    quick = True
    seconds = 10.0
    bounds = Bounds(memory_mb=384, store_mb=32)

    copies = 4

    def variants(self):
        long = "n" * LARGEST
        key = f"{self.name}/a"
        yield [wire.step(wire.asset(key, tags={long: "v"}))]
        key = f"{self.name}/a"
        yield [wire.step(wire.asset(key, tags={"t": long}))]
        yield [wire.step(key, name=long)]
        yield [wire.step(long)]
        yield [wire.step(wire.asset(key, kinds=[long]))]
        yield [wire.step(wire.asset(key, owners=[long]))]
        yield [wire.step(wire.asset(key, shared_with=[long]))]
        yield [wire.step(wire.asset(key, checks=[wire.check(long)]))]
        yield [wire.step(wire.asset(key, checks=[wire.check("c", version=long)]))]
        yield [wire.step(key, partitions=wire.keys([long]))]
        yield [wire.step(key, partitions=wire.daily(first=long))]
        yield [wire.step(key, dependencies=[wire.dependency(long)])]
        yield [wire.step(key, code_version=long)]
        yield [wire.step(wire.asset(key, output=wire.manifest.Output(scheme=long, format=long)))]

    def manifest(self):
        variants = list(self.variants())
        steps = variants[self.next_turn() % len(variants)]
        return wire.manifest.Manifest(location=self.name, steps=steps).SerializeToString()

    def session(self, session):
        yield session.opened()
        yield session.status()
        yield from session.serve(0.05)

    def judge(self, scene):
        for line in scene.result.said:
            if len(line) > 2_048:
                yield f"a problem of {len(line)} characters is shown"
        for path in ("/v1/locations", "/v1/status", "/metrics"):
            _, text = scene.daemon.ask(path)
            if len(text) > 256 << 10:
                yield f"{path} answers with {len(text) >> 10} kB"


class LongScheduleTexts(LongNames):
    """Ships schedules whose cron, zone, name or selection has 15 MB."""

    quick = False

    def manifest(self):
        long = "n" * LARGEST
        schedule = wire.schedule("s")
        setattr(schedule, ("cron", "zone", "name", "selection")[self.next_turn() % 4], long)
        return wire.manifest.Manifest(location=self.name, steps=self.steps(), schedules=[schedule]).SerializeToString()


class LongNamesInReports(Attack):
    """Names, in reports that cannot be read, metadata, checks, assets and partitions of 3 MB."""

    kind = "volume"
    quick = True
    is_said = False
    bounds = Bounds(memory_mb=384, store_mb=32)

    def attack(self, session):
        long = "n" * MESSAGE
        attempt = wire.attempt(session.incarnation, 1)
        staged = wire.staged(attempt, ["hostile/asset"])
        staged.staged.outputs[0].metadata[long].int = 1
        yield session.reports(staged)
        yield session.reports(wire.staged(attempt, [long]))
        yield session.reports(wire.staged(attempt, ["hostile/asset"], uri=long))
        yield session.reports(wire.checked(attempt, long, []))
        yield session.reports(wire.checked(attempt, "hostile/asset", [wire.evaluation(long, wire.PASSED)]))
        for version in (
            wire.version(session.incarnation, long), wire.version(session.incarnation, "hostile/asset", partition=long)
        ):
            yield session.events(location.Event(settled=location.Event.Settled(version=version, decision=1)))


class LongDigests(Attack):
    """Calls its instance, its location and its manifest by names of megabytes."""

    kind = "volume"
    bounds = Bounds(memory_mb=384)

    copies = 4

    def describe(self):
        self.next_turn()
        long = "n" * MESSAGE
        if self.turn % 4 == 0:
            header = location.DescribeResponse.Header(instance=long, digest="sha256:0", size=0)
        elif self.turn % 4 == 1:
            header = location.DescribeResponse.Header(instance="a", digest=long, size=0)
        else:
            yield from super().describe()
            return
        yield location.DescribeResponse(header=header)

    def manifest(self):
        return wire.manifest.Manifest(location="n" * LARGEST if self.turn % 4 == 2 else self.name).SerializeToString()

    def session(self, session):
        yield session.opened(instance="n" * MESSAGE if self.turn % 2 else "a", manifest_digest="n" * MESSAGE)


class BigMessagesThenRestart(Attack):
    """Logs 1.8 GB in messages of 3 MB: a start, and a live stream, must read past whatever of it is kept."""

    reasons = ("log_line",)
    kind = "volume"
    seconds = 12.0
    bounds = Bounds(memory_mb=384, store_mb=64)

    def grant(self, session, grant):
        yield session.reports(wire.started(grant.attempt))
        line = "x" * 15_000
        for _ in range(self.scaled(600)):
            yield session.reports(wire.logged(grant.attempt, [line] * 200))

    def drive(self, scene):
        scene.launch("hostile/asset")

    def judge_restarted(self, scene):
        """One reader of everything, who reads slowly."""
        daemon = scene.daemon
        before = daemon.memory()
        daemon.forget_highest()
        connection = daemon.connection(timeout=5)
        try:
            connection.request("GET", "/v1/events?after=0")
            response = connection.getresponse()
            taken = 0
            while taken < 64 * MEGABYTE:
                part = response.read1(256 << 10)
                taken += len(part)
                if not part:
                    break
        except OSError:
            pass
        finally:
            connection.close()
        grown = (daemon.memory("VmHWM") - before) / MEGABYTE
        scene.result.figures["stream_memory_mb"] = grown
        if grown > 128:
            yield f"one live stream took {grown:.0f} MB, over 128"


class LargeMetadata(Attack):
    """Says 3.6 MB, just below what a message may hold, of its version and of each of forty checks, in one attempt."""

    kind = "volume"
    reasons = ("detail",)
    bounds = Bounds(store_mb=128, memory_mb=384)

    checks = [f"c{number}" for number in range(40)]

    def steps(self):
        return [wire.step(wire.asset("hostile/asset", checks=[wire.check(name) for name in self.checks]))]

    def grant(self, session, grant):
        metadata = {f"m{number}": wire.identifiers.MetadataValue(text="m" * 60_000) for number in range(60)}
        yield session.reports(wire.started(grant.attempt), wire.staged(grant.attempt, ["hostile/asset"], metadata))
        for name in self.checks:
            evaluation = wire.evaluation(name, wire.PASSED)
            for key, value in metadata.items():
                evaluation.metadata[key].CopyFrom(value)
            yield session.reports(wire.checked(grant.attempt, "hostile/asset", [evaluation]))
        yield session.reports(wire.finished(grant.attempt))

    def drive(self, scene):
        scene.launch("hostile/asset")


class LaunchesByTheThousand(Attack):
    """Has 10,000 runs of its own launched in one request, and ends none of their steps."""

    kind = "volume"
    is_said = False

    def grant(self, session, grant):
        yield session.reports(wire.started(grant.attempt))

    def drive(self, scene):
        scene.launch("hostile/asset")
        for _ in range(3):
            scene.daemon.ask("/v1/launches", {"launches": [{"selection": "hostile/asset"}] * 10_000}, timeout=40)
