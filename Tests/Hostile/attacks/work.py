# SPDX-License-Identifier: Apache-2.0
"""Few bytes that ask for much work, where everybody else's work is done, too."""

import time

import wire
from attacks.attack import Attack
from daemon import flood
from expectations import LARGE_MANIFEST, Bounds
from wire import EVENTS, MEGABYTE, MESSAGE, location

ACCENT = "\u0301"
# A grapheme of its own, however long: a family joined by joiners, flags without an end, one letter with many accents.
# Marks of two classes, which canonical form puts in order: in time quadratic in their number.
MARKS = ("\u0315", "\u0316")
GRAPHEMES = ("a" + ACCENT * 10_000, "\U0001F468\u200d" * 4_000, "\U0001F1E9" * 5_000, "\u1100" * 6_000, "\r\n" * 9_000)
# How long before a full minute an attack begins that waits for a schedule's tick.
LEAD = 8.0
# How many versions one part of a status lists.
PART = 50_000


class AccentedLines(Attack):
    """Logs ten lines of one letter and 10,000 accents."""

    kind = "work"
    quick = True
    is_said = False

    def attack(self, session):
        attempt = wire.attempt(session.incarnation, 1)
        yield session.reports(wire.logged(attempt, [GRAPHEMES[0]] * self.scaled(10)))


class AccentsEverywhere(Attack):
    """Sends every kind of endless grapheme as line, error, check's message and description, granted and not."""

    kind = "work"
    is_said = False

    # As many as a definition may say of them; with more its manifest is refused, and nothing would be granted.
    shown = ("a" + ACCENT * 30) * 60

    def steps(self):
        text = self.shown
        assets = [
            wire.asset(f"hostile/a{number}", description=text, checks=[wire.check("check")]) for number in range(20)
        ]
        return [wire.step("hostile/asset", *assets)]

    def schedules(self):
        schedule = wire.schedule("yearly", cron="0 0 1 1 *")
        schedule.description = self.shown
        return [schedule]

    def grant(self, session, grant):
        for text in GRAPHEMES:
            yield session.reports(wire.logged(grant.attempt, [text] * 20))
            yield session.reports(wire.checked(grant.attempt, "hostile/a0", [wire.evaluation("check", wire.FAILED, text)]))
            settled = location.Event.Settled(
                version=wire.version(session.incarnation, "hostile/asset"), decision=1, error=text)
            yield session.events(location.Event(settled=settled))
        yield session.reports(wire.failed(grant.attempt, GRAPHEMES[0]))

    def drive(self, scene):
        scene.launch("hostile/asset")


def mixed(size):
    """One letter with as many mixed marks as fit into so many bytes: comparing or hashing 64 kB of them takes a second."""
    return "a" + MARKS[0] * (size // 4) + MARKS[1] * (size // 4)


class MixedMarksInNames(Attack):
    """Names an entry of metadata, staged and checked, by a letter and 3 MB of mixed marks; behind a group, too."""

    kind = "work"
    quick = True

    copies = 3

    def attack(self, session):
        attempt = wire.attempt(session.incarnation, 1)
        name = mixed(self.scaled(MESSAGE))
        staged = wire.staged(attempt, [f"{self.name}/asset"])
        staged.staged.outputs[0].metadata[name].int = 1
        evaluation = wire.evaluation("check", wire.PASSED)
        evaluation.metadata[name].int = 1
        turn = self.next_turn() % 3
        if turn == 0:
            yield session.reports(staged)
        elif turn == 1:
            yield session.reports(wire.checked(attempt, f"{self.name}/asset", [evaluation]))
        else:
            # A decoder skips it, and goes on behind it.
            yield b"\x7b\x7c" + wire.events(1, wire.report(staged.SerializeToString()))


class MixedMarksInDefinitions(Attack):
    """Ships manifests with a letter and 200 kB of mixed marks as a tag, a selection, a zone, a partition and a description."""

    kind = "work"
    quick = True
    seconds = 8.0

    copies = 5

    def manifest(self):
        text, turn = mixed(200_000), self.next_turn() % 5
        asset = wire.asset(f"{self.name}/asset", **({"tags": {text: "v"}} if turn == 0 else {}))
        step = wire.step(asset, **({"partitions": wire.keys([text])} if turn == 3 else {}))
        schedule = wire.schedule("s")
        if turn in (1, 2, 4):
            setattr(schedule, {1: "selection", 2: "zone", 4: "description"}[turn], text)
        return wire.manifest.Manifest(location=self.name, steps=[step], schedules=[schedule]).SerializeToString()

    def session(self, session):
        yield session.opened()
        yield session.status()
        yield from session.serve(0.2)


class MixedMarksInTexts(AccentsEverywhere):
    """Sends a letter and 15 kB of mixed marks as line, error, check's message, metadata's value and settlement's error."""

    quick = True

    def steps(self):
        return [wire.step(*(wire.asset(f"hostile/a{number}", checks=[wire.check("check")]) for number in range(20)), name="hostile/asset")]

    def schedules(self):
        return []

    def grant(self, session, grant):
        text = mixed(15_000)
        yield session.reports(wire.logged(grant.attempt, [text] * 20))
        evaluation = wire.evaluation("check", wire.FAILED, text)
        evaluation.metadata["m"].text = text
        yield session.reports(wire.checked(grant.attempt, "hostile/a0", [evaluation]))
        yield session.reports(wire.staged(grant.attempt, ["hostile/a0"], uri=text))
        yield session.reports(wire.failed(grant.attempt, text))

    def drive(self, scene):
        scene.launch("hostile/a0")


class EmptyEvents(Attack):
    """Sends two million empty events in one message of 4 MB."""

    kind = "work"
    quick = True
    seconds = 6.0

    def attack(self, session):
        count = self.scaled(2_000_000)
        yield session.raw(wire.event() * count, count)


class EmptyEventsWithoutEnd(Attack):
    """Sends messages of thousands of empty events, as fast as they go."""

    kind = "work"

    def attack(self, session):
        while True:
            yield session.raw(wire.event() * EVENTS, EVENTS)


class EmptyMessages(Attack):
    """Sends empty messages, as fast as they go."""

    kind = "work"
    is_said = False

    def attack(self, session):
        while True:
            yield b""


class HeartbeatFlood(Attack):
    """Says that it lives, as fast as it can."""

    kind = "work"
    is_said = False

    def attack(self, session):
        beat = session.heartbeat()
        while True:
            yield beat


class OneEventAMessage(Attack):
    """Sends draining events, each in a message of its own, as fast as they go."""

    kind = "work"
    is_said = False

    def attack(self, session):
        draining = wire.event(wire.field(3))
        while True:
            yield session.raw(draining, 1)


class RepeatedEvents(Attack):
    """Sends the same thousands of numbered events again and again, which the daemon has already."""

    kind = "work"
    is_said = False

    def attack(self, session):
        message = session.raw(wire.event(wire.field(3)) * EVENTS, EVENTS)
        while True:
            yield message


class _Minute(Attack):
    """An attack that a schedule begins: the daemon meets a full minute in its course."""

    kind = "work"
    seconds = LEAD + 8

    def prepare(self, scene):
        # polls the clock: a tick comes when the minute is full
        time.sleep((60 - LEAD - time.time() % 60) % 60)


class HourlySinceYearOne(_Minute):
    """Schedules, every minute, a step that reads all hours since the year 1."""

    def steps(self):
        hours = wire.hourly()
        return [
            wire.step("hostile/hours", partitions=hours),
            wire.step("hostile/all", dependencies=[
                wire.dependency("hostile/hours", hours, wire.manifest.Dependency.MAPPING_ALL)]),
        ]

    def schedules(self):
        return [wire.schedule("minutely", selection="hostile/*")]


class AllHoursByHand(HourlySinceYearOne):
    """Launches a step that reads all hours since the year 1."""

    quick = True
    seconds = 5.0
    is_said = False

    def prepare(self, scene):
        pass

    def schedules(self):
        return []

    def drive(self, scene):
        for _ in range(3):
            scene.daemon.launch("hostile/all")


class ReadersOfEverything(Attack):
    """Launches 300 steps, each of which reads all of 100,000 partitions that nobody makes."""

    kind = "work"
    quick = True
    seconds = 5.0
    is_said = False

    def steps(self):
        partitions = wire.keys([f"k{number}" for number in range(self.scaled(100_000))])
        # What a reader says of the partitions need not be all of them.
        everything = wire.dependency("hostile/keys", wire.keys(["k0"]), wire.manifest.Dependency.MAPPING_ALL)
        return [wire.step("hostile/keys", partitions=partitions)] + [
            wire.step(f"hostile/r/a{number}", dependencies=[everything]) for number in range(300)]

    def drive(self, scene):
        scene.launch("hostile/r/*")


class ShiftingHours(Attack):
    """Has a million hours blocked, and describes itself anew again and again with hours that begin one earlier, or one later."""

    kind = "work"
    seconds = 8.0
    bounds = LARGE_MANIFEST
    is_said = False

    def manifest(self):
        self.next_turn()
        hour, count = 3_600_000_000, self.scaled(50_000)
        hours = wire.hourly(wire.YEAR_ONE_US + (self.turn % 2) * hour, count)
        steps = [
            wire.step(f"hostile/a{number}", partitions=hours, dependencies=[wire.dependency("nobody/hours", hours)])
            for number in range(20)
        ]
        return wire.manifest.Manifest(location="hostile", version=str(self.turn), steps=steps).SerializeToString()

    def session(self, session):
        yield session.opened()
        yield session.status()
        yield from session.serve(0.5)

    def drive(self, scene):
        scene.launch("hostile/*", partitions="all")


class HugeSchedules(_Minute):
    """Schedules, every minute, five runs of 999,000 steps each."""

    def steps(self):
        return [wire.step("hostile/hours", partitions=wire.hourly(limit=999_000))]

    def schedules(self):
        return [
            wire.schedule(f"minutely {number}", selection="hostile/hours", partition=wire.manifest.Schedule.PARTITION_ALL)
            for number in range(5)
        ]


class HugeRunsByHand(HugeSchedules):
    """Launches a run of 999,000 steps, five times."""

    # Not in the quick half: on a debug build its median is at the edge of the bound.
    seconds = 6.0
    is_said = False

    def prepare(self, scene):
        pass

    def schedules(self):
        return []

    def drive(self, scene):
        for _ in range(5):
            scene.daemon.launch("hostile/hours", partitions="all", timeout=20)


class TenHourlyAssets(Attack):
    """Makes the latest hour of ten assets that have an hour for each since the year 1."""

    kind = "work"
    quick = True
    is_said = False

    def steps(self):
        return [wire.step(f"hostile/a{number}", partitions=wire.hourly()) for number in range(10)]

    def drive(self, scene):
        scene.launch("hostile/*", partitions="latest")


class FarPartitions(Attack):
    """Makes the first and the last hours that there are of assets without an end, a few at a time."""

    kind = "work"
    is_said = False

    def steps(self):
        return [wire.step(f"hostile/a{number}", partitions=wire.hourly(limit=87_000_000)) for number in range(10)]

    def drive(self, scene):
        for key in ("0001-01-01T00:00Z", "9900-01-01T00:00Z", "9900-01-01-00", "0001-01-01-00"):
            scene.daemon.launch("hostile/*", partitions=key)


class SchedulesOverManyAssets(_Minute):
    """Schedules, every minute, 200 runs of 60,000 assets each, none of which may be launched."""

    bounds = LARGE_MANIFEST

    def steps(self):
        return [wire.step(f"hostile/a{number}") for number in range(self.scaled(60_000))]

    def schedules(self):
        return [wire.schedule(f"minutely {number}", selection="hostile/*") for number in range(200)]


class WideRunsInSchedules(Attack):
    """Schedules, every minute, 200 runs of 60 steps of 1,000 outputs each, none of which ends."""

    kind = "work"
    # Its manifest takes a while: a full minute comes after it in any case.
    seconds = 64.0
    bounds = LARGE_MANIFEST

    def steps(self):
        return [
            wire.step(*(wire.asset(f"hostile/a{number}-{output}") for output in range(1_000)), name=f"a{number}")
            for number in range(self.scaled(60))
        ]

    def schedules(self):
        return [wire.schedule(f"minutely {number}", selection="hostile/*") for number in range(200)]


class SchedulesOnUnevenDays(Attack):
    """Ships manifests, each with another version, of a thousand schedules that tick on days on which the clocks are changed."""

    kind = "work"
    seconds = 8.0
    is_said = False

    copies = 2

    def manifest(self):
        schedules = [wire.schedule(f"s{number}", cron="* * 24,25,26 3,10 *") for number in range(self.scaled(1_000))]
        for schedule in schedules:
            schedule.zone = "Europe/Zurich"
        step = wire.step(wire.asset(f"{self.name}/asset", description=str(self.next_turn())))
        return wire.manifest.Manifest(location=self.name, steps=[step], schedules=schedules).SerializeToString()

    def session(self, session):
        yield session.opened()
        yield session.status()
        yield from session.serve(0.2)


class StarsInSchedule(_Minute):
    """Schedules, every minute, a selection of 8,000 stars."""

    def steps(self):
        return [wire.step(f"hostile/a{number}") for number in range(200)]

    def schedules(self):
        return [wire.schedule("stars", selection=",".join("*" * 8_000))]


class AncestorsInSchedule(StarsInSchedule):
    """Schedules, every minute, a selection of 800 assets with all that they read and all that reads them."""

    is_said = False

    def steps(self):
        return chain(2_000)

    def schedules(self):
        return [wire.schedule("ancestors", selection=",".join(f"+hostile/a{number}+" for number in range(800)))]


class LeapDaySchedules(Attack):
    """Ships as many schedules as a manifest may have, for 29 February, and describes itself anew again and again."""

    kind = "work"
    quick = True
    seconds = 8.0
    bounds = LARGE_MANIFEST
    cron = "0 0 29 2 *"

    def manifest(self):
        self.next_turn()
        schedules = [wire.schedule(f"s{number}", cron=self.cron) for number in range(self.scaled(1_000))]
        return wire.manifest.Manifest(
            location="hostile", version=str(self.turn), steps=self.steps(), schedules=schedules).SerializeToString()

    def session(self, session):
        yield session.opened()
        yield session.status()
        yield from session.serve(0.5)


class NeverSchedules(LeapDaySchedules):
    """Ships as many schedules as a manifest may have, for days that never come, and describes itself anew again and again."""

    quick = False
    cron = "0 0 30 2 *"


class HundredThousandAssets(Attack):
    """Ships a manifest of 100,000 assets."""

    kind = "work"
    seconds = 12.0
    bounds = LARGE_MANIFEST
    is_said = False

    def steps(self):
        return [wire.step(f"hostile/a{number}") for number in range(self.scaled(100_000))]


class AssetsOfOneStep(Attack):
    """Ships 100 steps of 1,000 assets each, with 20 checks on each."""

    kind = "work"
    seconds = 12.0
    bounds = LARGE_MANIFEST
    is_said = False

    def steps(self):
        checks = [wire.check(f"c{number}") for number in range(20)]
        return [
            wire.step(*(wire.asset(f"hostile/s{number}/a{index}", checks=checks) for index in range(1_000)))
            for number in range(100)
        ]


def chain(length):
    """Assets each of which reads the one before."""
    return [
        wire.step(f"hostile/a{number}", dependencies=[wire.dependency(f"hostile/a{number - 1}")] if number else [])
        for number in range(length)
    ]


class RingOfAssets(Attack):
    """Ships a ring of 6,000 assets, each of which reads the next."""

    kind = "work"
    quick = True
    seconds = 8.0
    bounds = LARGE_MANIFEST
    is_said = False

    def steps(self):
        length = self.scaled(6_000)
        return [
            wire.step(f"hostile/a{number}", dependencies=[wire.dependency(f"hostile/a{(number + 1) % length}")])
            for number in range(length)
        ]

    def judge(self, scene):
        status, text = scene.daemon.ask("/v1/why?asset=hostile/a0")
        if "hostile/a1" not in text or len(text) > MEGABYTE:
            yield f"asked why, the daemon answers {status} with {len(text)} bytes: {text[:200]}"


class RingsThroughAHub(Attack):
    """Ships 3,000 rings that share one asset."""

    kind = "work"
    is_said = False
    seconds = 8.0
    bounds = LARGE_MANIFEST

    def steps(self):
        hub = wire.step("hostile/hub", dependencies=[wire.dependency(f"hostile/a{number}") for number in range(1_000)])
        return [hub] + [
            wire.step(f"hostile/a{number}", dependencies=[wire.dependency("hostile/hub")]) for number in range(3_000)]


class LongChain(Attack):
    """Ships a chain of 50,000 assets, and has its end explained, selected and run."""

    kind = "work"
    seconds = 12.0
    bounds = LARGE_MANIFEST
    is_said = False

    def steps(self):
        return chain(self.scaled(50_000))

    def drive(self, scene):
        last = f"hostile/a{self.scaled(50_000) - 1}"
        scene.launch(last)
        for path in (f"/v1/why?asset={last}", f"/v1/asset?asset={last}", f"/v1/assets?selection=%2B{last}"):
            scene.daemon.ask(path)
        scene.daemon.launch(f"+{last}")


class Diamonds(Attack):
    """Ships 60 layers of two assets that each read both of the layer before, and asks why the last is closed: 2^60 ways."""

    kind = "work"
    quick = True
    is_said = False

    def steps(self):
        found = []
        for layer in range(60):
            reads = [wire.dependency(f"hostile/{side}{layer - 1}") for side in "lr"] if layer else []
            found += [wire.step(f"hostile/{side}{layer}", dependencies=reads) for side in "lr"]
        return found

    def grant(self, session, grant):
        yield session.reports(wire.started(grant.attempt), wire.failed(grant.attempt, "no"))

    def drive(self, scene):
        scene.launch("hostile/*")
        for path in ("/v1/why?asset=hostile/l59", "/v1/asset?asset=hostile/l59", "/v1/assets", "/v1/runs"):
            scene.daemon.ask(path)


class DenseGraph(Attack):
    """Ships 1,000 assets each of which reads every one before it."""

    kind = "work"
    seconds = 10.0
    bounds = LARGE_MANIFEST
    is_said = False

    def steps(self):
        return [
            wire.step(f"hostile/a{number}", dependencies=[wire.dependency(f"hostile/a{other}") for other in range(number)])
            for number in range(1_000)
        ]

    def drive(self, scene):
        scene.launch("hostile/*")


class ReadersTimesAssets(Attack):
    """Ships 90 steps of 1,000 assets that all read the same 1,000: ninety million pairs."""

    kind = "work"
    seconds = 12.0
    bounds = LARGE_MANIFEST
    is_said = False

    def steps(self):
        count = self.scaled(1_000)
        reads = [wire.dependency(f"hostile/a{number}") for number in range(count)]
        return [wire.step(f"hostile/a{number}") for number in range(count)] + [
            wire.step(*(wire.asset(f"hostile/s{number}/o{index}") for index in range(count)), dependencies=reads)
            for number in range(90)
        ]


class RefusedDefinitions(Attack):
    """Ships 50,000 assets of other teams, and 50,000 that read what nobody shares."""

    kind = "work"
    seconds = 10.0
    bounds = LARGE_MANIFEST

    def steps(self):
        count = self.scaled(50_000)
        return [wire.step(f"fixture/a{number}") for number in range(count)] + [
            wire.step(f"hostile/a{number}", dependencies=[wire.dependency("fixture/quick")]) for number in range(count)]

    def judge(self, scene):
        status, text = scene.daemon.ask("/v1/locations")
        if status != 200 or len(text) > 4 << 20:
            yield f"/v1/locations answers {status} with {len(text) >> 20} MB"


class ForeignVersionsUnsettled(Attack):
    """Lists 200,000 versions of another team as lying unsettled in its own storage."""

    reasons = ("foreign_version",)
    kind = "work"
    quick = True
    seconds = 8.0

    def status(self, session):
        tail = wire.number_field(4, 1)
        head = b"\x0d" + session.incarnation.to_bytes(4, "little") + wire.field(2, "fixture/quick")
        for start in range(0, self.scaled(200_000), PART):
            versions = b"".join(
                wire.field(2, head + wire.field(3, f"{number:06}") + tail) for number in range(start, start + PART))
            yield session.raw(wire.event(wire.field(4, versions)), 1)
        yield session.status()


class OwnVersionsUnsettled(ForeignVersionsUnsettled):
    """Lists 300,000 versions of its own that nobody ever granted, and after each restart of its server again."""

    quick = False
    is_said = False
    reasons = ()

    def status(self, session):
        head = b"\x0d" + session.incarnation.to_bytes(4, "little") + wire.field(2, "hostile/asset")
        for start in range(1, self.scaled(300_000), PART):
            versions = b"".join(wire.field(2, head + wire.number_field(4, number)) for number in range(start, start + PART))
            yield session.raw(wire.event(wire.field(4, versions)), 1)
        yield session.status()


class StatusesInALoop(Attack):
    """Opens sessions one after the other, each with a status of 100,000 attempts that nobody knows."""

    kind = "work"

    def status(self, session):
        known = b"".join(
            wire.field(1, wire.field(1, wire.attempt(session.incarnation, number)))
            for number in range(1, self.scaled(100_000)))
        yield session.raw(wire.event(wire.field(4, known)), 1)
        yield session.status()

    def session(self, session):
        yield session.opened()
        yield from self.status(session)
        yield from session.serve(0.2)


class StarsInRequest(Attack):
    """Asks over HTTP for a selection of a million stars, and of as many ancestors."""

    kind = "work"
    quick = True
    is_said = False

    def steps(self):
        return chain(500)

    def drive(self, scene):
        stars = ",".join("*" * self.scaled(1_000_000))
        ancestors = ",".join(["+hostile/a499+"] * self.scaled(200_000))
        for selection in (stars, ancestors):
            scene.daemon.launch(selection, timeout=40)
            scene.daemon.launch(selection, timeout=40, checks_only=True)

    def judge(self, scene):
        status, answer = scene.daemon.launch(",".join("*" * 1_000_000), timeout=40)
        if status != 400:
            yield f"a selection of a million stars is answered with {status}"
        if len(str(answer)) > 4_096:
            yield f"the answer to a selection of a million stars has {len(str(answer))} characters"


class PartitionsInRequest(Attack):
    """Asks over HTTP for a million partitions by name, and for a range of all hours."""

    kind = "work"
    is_said = False

    def steps(self):
        return [wire.step("hostile/hours", partitions=wire.hourly())]

    def drive(self, scene):
        names = ",".join(f"{number:06}" for number in range(self.scaled(500_000)))
        for partitions in (names, "0001-01-01T00:00Z..9999-01-01T00:00Z", "0001-01-01-00..9999-01-01-00", "all"):
            scene.daemon.launch("hostile/hours", partitions=partitions, timeout=40)


class MixedMarksInRequests(Attack):
    """Sends, without a credential, headers of one letter and mixed marks; and bodies and parameters with many more of them."""

    kind = "work"
    quick = True
    is_said = False
    statuses = ()

    def steps(self):
        return [wire.step(f"hostile/hours{number}", partitions=wire.hourly()) for number in range(20)]

    def drive(self, scene):
        statuses = set()
        for _ in range(self.scaled(100)):
            for header in ("Connection", "Origin"):
                connection = scene.daemon.connection()
                connection.request("GET", "/healthz", headers={header: mixed(28_000).encode()})
                statuses.add(connection.getresponse().status)
                connection.close()
        text = mixed(100_000)
        statuses.add(scene.daemon.launch("hostile/*", partitions="l" + text)[0])
        statuses.add(scene.daemon.launch("hostile/*", partitions="1.." + text)[0])
        statuses.add(scene.daemon.launch("hostile/*", **{mixed(1_000_000): 1})[0])
        statuses.add(scene.daemon.ask("/v1/asset?asset=a" + "%CC%95" * 2_000 + "%CC%96" * 2_000)[0])
        self.statuses = statuses

    def judge(self, scene):
        if self.statuses != {400}:
            yield f"mixed marks in requests are answered with {sorted(self.statuses)}"


class RetriesWithoutPause(Attack):
    """Fails 64 steps at once, again and again, under a policy of 100 attempts without delay."""

    kind = "work"
    is_said = False
    bounds = Bounds(store_mb=64)

    def steps(self):
        return [wire.step(
            "hostile/asset", partitions=wire.keys([f"p{number}" for number in range(1_000)]), retry=wire.retry(100))]

    def grant(self, session, grant):
        yield session.reports(wire.failed(grant.attempt, "again", retryable=True))

    def drive(self, scene):
        for _ in range(3):
            scene.launch("hostile/asset", partitions="all")


class QuestionsAllAtOnce(Attack):
    """Asks over HTTP, on sixty connections at once, for all of 50,000 assets, for the locations, and why the last asset is closed."""

    kind = "work"
    seconds = 10.0
    # Four answers of tens of megabytes are made at once.
    bounds = Bounds(memory_mb=640, store_mb=160, restart_seconds=30, restart_memory_mb=640)
    is_said = False
    connections = 60
    options_of_client = ()

    def steps(self):
        return chain(self.scaled(50_000))

    def questions(self, scene):
        last = f"hostile/a{self.scaled(50_000) - 1}"
        scene.launch(last)
        return [(path, None) for path in ("/v1/assets", f"/v1/why?asset={last}", "/v1/locations", "/v1/assets?selection=hostile/*")]

    def drive(self, scene):
        client = flood(scene.daemon.port, self.connections, self.questions(scene), *self.options_of_client)
        try:
            time.sleep(self.seconds * scene.pace)
        finally:
            client.kill()
            client.wait()


class QuestionsOfNobody(QuestionsAllAtOnce):
    """Asks for all of 50,000 assets, and launches them, a thousand times a second, and closes each connection at once."""

    connections = 20
    options_of_client = ("leave",)

    def questions(self, scene):
        return [("/v1/locations", None), ("/v1/assets", None), ("/v1/runs", {"selection": "hostile/*", "client_key": "once"})]

    def judge(self, scene):
        # What nobody waits for any more keeps nobody who does.
        status, _ = scene.daemon.ask("/v1/assets?selection=hostile/a0", timeout=20 * scene.pace)
        if status != 200:
            yield f"a question after the attack is answered {status}"
        refused = {labels.get("limit"): value for name, labels, value in scene.daemon.metrics() if name == "sluice_http_refused_total"}
        if not refused.get("departed"):
            yield "no question was given up although its client had gone"


class RunsOfOneAsset(Attack):
    """Keeps 30,000 runs unfinished in which one asset has ended, and has a thousand assets ask whether it may still be made."""

    kind = "work"
    seconds = 8.0
    bounds = Bounds(store_mb=96, restart_memory_mb=640)
    is_said = False

    def steps(self):
        blocked = wire.step("hostile/a", dependencies=[wire.dependency("hostile/never")])
        readers = [
            wire.step(f"hostile/b/r{number}", dependencies=[wire.dependency("hostile/a")]) for number in range(1_000)]
        return [wire.step("hostile/never"), blocked, wire.step("hostile/hangs"), *readers]

    def grant(self, session, grant):
        yield session.reports(wire.started(grant.attempt))

    def drive(self, scene):
        scene.launch("hostile/hangs")
        for _ in range(3):
            launches = [{"selection": "hostile/a,hostile/hangs"}] * self.scaled(10_000)
            scene.daemon.ask("/v1/launches", {"launches": launches}, timeout=40)
        scene.daemon.launch("hostile/b/*")


class LostOutputs(Attack):
    """Is granted steps of 1,000 outputs, as many as it gets, and forgets all of them at once, in session after session."""

    kind = "work"
    seconds = 8.0
    bounds = Bounds(memory_mb=384, store_mb=128, restart_memory_mb=640)
    is_said = False

    def steps(self):
        return [
            wire.step(*(f"hostile/s{number}/a{index}" for index in range(1_000)), retry=wire.retry(100))
            for number in range(40)
        ]

    def grant(self, session, grant):
        yield session.reports(wire.started(grant.attempt))

    def session(self, session):
        # Another instance knows nothing of what the one before was granted.
        self.instance = f"{self.name}-{self.next_turn()}"
        yield session.opened()
        yield session.status()
        yield from session.serve(1.0)

    def drive(self, scene):
        scene.launch("hostile/*")


class LostWithLongTales(LostOutputs):
    """Forgets all steps at once, in session after session, and tells each time in a megabyte how the process before it ended."""

    def session(self, session):
        self.instance = f"{self.name}-{self.next_turn()}"
        yield session.opened(previous_end="was ended by \x1b[31mus\n" + "y" * (1 << 20))
        yield session.status()
        yield from session.serve(1.0)


class LargeLogReports(Attack):
    """Sends, of attempts that nobody granted, 3 MB of log lines of one letter, again and again."""

    kind = "work"

    def attack(self, session):
        attempt = wire.field(1, wire.attempt(session.incarnation, 1))
        line = wire.field(1, wire.number_field(2, 2) + wire.field(3, "x"))
        body = wire.report(attempt + wire.field(3, line * (MESSAGE // len(line))))
        for _ in range(20):
            yield session.raw(body, 1)
