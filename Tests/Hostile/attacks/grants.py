# SPDX-License-Identifier: Apache-2.0
"""What becomes of a definition once its steps are granted: inputs times outputs, gates times checks, outcomes times versions."""

import random

import wire
from attacks.attack import Attack
from expectations import Bounds


class InputsTimesOutputs(Attack):
    """Fails, again and again, a step that reads a thousand assets with long names and yields a thousand others."""

    kind = "volume"
    seconds = 8.0
    bounds = Bounds(store_mb=192, restart_memory_mb=640)
    is_said = False
    count = 1_000

    def keys(self, letter):
        return [f"hostile/{letter}{'x' * 230}{number}" for number in range(self.scaled(self.count))]

    def steps(self):
        upstream = self.keys("a")
        return [
            wire.step(*upstream, name="makes"),
            wire.step(
                *self.keys("b"), name="reads", dependencies=[wire.dependency(key) for key in upstream],
                retry=wire.retry(100)),
        ]

    def grant(self, session, grant):
        if grant.step == "makes":
            yield from super().grant(session, grant)
        else:
            yield session.reports(
                wire.started(grant.attempt), wire.failed(grant.attempt, "once more", retryable=True))

    def drive(self, scene):
        scene.launch(f"+{self.keys('b')[0]}")


class ReadersOfManyChecks(Attack):
    """Makes many partitions with two hundred checks each, and has a thousand steps look at all of them."""

    kind = "work"
    seconds = 12.0
    bounds = Bounds(memory_mb=384, store_mb=192, restart_memory_mb=640)
    is_said = False
    checks = 200

    def partitions(self):
        return wire.keys([f"k{number}" for number in range(self.scaled(500))])

    def steps(self):
        partitions = self.partitions()
        asset = wire.asset("hostile/made", checks=[wire.check(f"c{number}") for number in range(self.checks)])
        readers = [
            wire.step(f"hostile/r/r{number}", dependencies=[
                wire.dependency("hostile/made", partitions, wire.manifest.Dependency.MAPPING_ALL)])
            for number in range(self.scaled(1_000))
        ]
        return [wire.step(asset, partitions=partitions), *readers]

    def drive(self, scene):
        made = scene.launch("hostile/made", partitions="all")
        scene.ends(made, within=self.seconds * 4)
        for _ in range(4):
            scene.daemon.launch("hostile/r/*")


class PassesOfAllSorts(Attack):
    """Passes another choice of two hundred warnings on each of many partitions."""

    kind = "memory"
    seconds = 10.0
    bounds = Bounds(store_mb=192, restart_memory_mb=640)
    is_said = False
    checks = 200

    def steps(self):
        warn = wire.manifest.SEVERITY_WARN
        asset = wire.asset(
            "hostile/warned", checks=[wire.check(f"c{number}", severity=warn) for number in range(self.checks)])
        return [wire.step(asset, partitions=wire.keys([f"k{number}" for number in range(self.scaled(5_000))]))]

    def grant(self, session, grant):
        outcomes = [
            wire.evaluation(f"c{number}", random.choice((wire.PASSED, wire.FAILED))) for number in range(self.checks)]
        yield session.reports(
            wire.started(grant.attempt), wire.staged(grant.attempt, ["hostile/warned"]),
            wire.checked(grant.attempt, "hostile/warned", outcomes), wire.finished(grant.attempt))

    def drive(self, scene):
        scene.launch("hostile/warned", partitions="all")
