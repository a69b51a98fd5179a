# SPDX-License-Identifier: Apache-2.0
"""Questions and answers about what belongs to others."""

import wire
from attacks.attack import Attack
from server import tell
from wire import execution, location

# How many runs of the honest team the attacks speak of: those before them, and those to come.
RUNS = range(1, 1_500)


class ForeignLocators(Attack):
    """Lists another team's versions as unsettled, to be told where they lie."""

    reasons = ("foreign_version",)
    kind = "ownership"
    quick = True

    def status(self, session):
        versions = [
            wire.version(session.incarnation, asset, number) for asset in ("fixture/quick", "reader/private")
            for number in range(1, 50)
        ]
        yield session.status(unsettled=versions)

    def command(self, session, command):
        if command.HasField("settle"):
            tell("settled", asset=command.settle.version.asset, uri=command.settle.locator.uri)
        yield from super().command(session, command)

    def judge(self, scene):
        foreign = [fact for fact in scene.attacker.facts("settled") if not fact["asset"].startswith("hostile/")]
        if foreign:
            yield f"it was told about {len(foreign)} versions of others, as {foreign[0]['asset']} at {foreign[0]['uri']!r}"


class ForeignSettlements(Attack):
    """Says, of another team's versions, that they are settled, or that its storage refuses to."""

    reasons = ("foreign_version",)
    kind = "ownership"

    def attack(self, session):
        for error in (None, "no"):
            events = [
                location.Event(settled=location.Event.Settled(
                    version=wire.version(session.incarnation, "fixture/quick", number), decision=decision, error=error))
                for number in range(1, 1_000) for decision in (1, 2, 3)
            ]
            yield session.events(*events)


class ForeignReports(Attack):
    """Reports the ends of another team's attempts, before they begin and while they run."""

    reasons = ("unknown_attempt",)
    kind = "ownership"
    quick = True
    seconds = 5.0

    def attack(self, session):
        while True:
            for run in RUNS:
                attempt = wire.attempt(session.incarnation, run)
                yield session.reports(
                    wire.started(attempt), wire.staged(attempt, ["fixture/quick"], uri="/foreign"),
                    wire.checked(attempt, "fixture/quick", [wire.evaluation("even", wire.FAILED)]),
                    wire.failed(attempt, "no", retryable=False))


class ForeignAttemptsInStatus(Attack):
    """Lists another team's attempts as its own, with reports of their ends, in session after session."""

    reasons = ("unknown_attempt",)
    kind = "ownership"

    def status(self, session):
        attempts = []
        for run in RUNS:
            attempt = wire.attempt(session.incarnation, run)
            attempts.append(execution.KnownAttempt(attempt=attempt, reports=[wire.failed(attempt, "no")]))
        yield session.status(attempts=attempts)

    def session(self, session):
        yield session.opened()
        yield from self.status(session)
        yield from session.serve(0.2)


class ForeignDefinitions(Attack):
    """Defines another team's assets, makes them outputs beside its own, and reads what is not shared with it."""

    kind = "ownership"
    quick = True

    def steps(self):
        return [
            wire.step("fixture/quick"), wire.step("hostile/own", "fixture/checked", name="both"),
            wire.step("hostile/spy", dependencies=[wire.dependency("fixture/quick")]),
            wire.step("fixture/*"), wire.step("hostile/../fixture/quick"), wire.step("hostile//quick"),
        ]

    def drive(self, scene):
        scene.daemon.launch("hostile/spy")
        scene.daemon.launch("+hostile/spy")

    def grant(self, session, grant):
        tell("granted", step=grant.step, inputs=[target.asset for target in grant.materialize.inputs])
        yield from super().grant(session, grant)

    def judge(self, scene):
        granted = [fact for fact in scene.attacker.facts("granted") if fact["inputs"] or fact["step"] != "hostile/own"]
        if granted:
            yield f"it was granted {granted[0]}"


class AnotherName(Attack):
    """Describes itself under the honest team's name."""

    kind = "ownership"

    def manifest(self):
        return wire.manifest.Manifest(location="fixture", steps=[wire.step("fixture/quick")]).SerializeToString()


class ForeignOutputs(Attack):
    """Stages, checks and promotes other teams' assets under a grant of its own."""

    kind = "ownership"
    is_said = False

    def grant(self, session, grant):
        attempt = grant.attempt
        yield session.reports(wire.started(attempt), wire.staged(attempt, ["fixture/quick"]))
        yield session.reports(wire.checked(attempt, "fixture/quick", []), wire.finished(attempt))

    def drive(self, scene):
        scene.ends(scene.launch("hostile/asset"))

    def judge(self, scene):
        status, text = scene.daemon.ask("/v1/partitions?asset=hostile/asset")
        if '"promoted"' in text:
            yield f"it was promoted without being staged: {text[:200]}"
