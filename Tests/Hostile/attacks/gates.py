# SPDX-License-Identifier: Apache-2.0
"""Reports that contradict each other: no downstream of an honest team may run on a version whose check did not pass."""

import itertools
import os
import time
from dataclasses import dataclass

import wire
from attacks.attack import Attack
from attacks.work import LEAD
from wire import ERRORED, FAILED, PASSED, TIMED_OUT

CHECK, SECOND = "good", "second"
# How often the check of the second asset may be tried.
TRIES = 2
# The other output of the step that has two.
OTHER = "hostile/other"


def say(outcome, name=CHECK, **fields):
    """What is said about one check."""
    severity = fields.pop("severity", wire.manifest.SEVERITY_BLOCK)
    found = wire.evaluation(name, outcome, **fields)
    found.severity = severity
    return found


def outcomes(*reports):
    """Reports of the one check, given as their outcomes."""
    return [[say(outcome) for outcome in report] for report in reports]


# What is said about the check of an asset, by the name of the lie: a list of reports, each a list of evaluations.
LIES = {
    "fail-pass": outcomes([FAILED], [PASSED]),
    "fail-pass-in-one": outcomes([FAILED, PASSED]),
    "errored-pass": outcomes([ERRORED], [PASSED]),
    "errored-pass-in-one": outcomes([ERRORED, PASSED]),
    "timed-out-pass": outcomes([TIMED_OUT], [PASSED]),
    "timed-out-pass-in-one": outcomes([TIMED_OUT, PASSED]),
    "fail-pass-fail-pass": outcomes([FAILED], [PASSED], [FAILED, PASSED]),
    "fail-as-a-warning": [[say(FAILED, severity=wire.manifest.SEVERITY_WARN)]],
    "another-version": [[say(PASSED, version="99")]],
    "another-check": [[say(PASSED, "other")]],
    "unknown-outcome": [[say(0)]],
    "nothing": [],
}
# The same for a check that may be tried twice.
LIES_ABOUT_RETRIES = {
    "fail-pass": outcomes([FAILED], [PASSED]),
    "errored-errored-pass": outcomes([ERRORED], [ERRORED], [PASSED]),
    "errored-fail-pass": outcomes([ERRORED], [FAILED], [PASSED]),
    "errored-errored-pass-in-one": outcomes([ERRORED, ERRORED, PASSED]),
}
# The same for an asset that is not decided while its second check, or its step's second output, is not evaluated.
SECOND_PASSES = [say(PASSED, SECOND)]
LIES_WHILE_WAITING = {
    f"{lie}-{place}": lies + [SECOND_PASSES] if place == "last" else [SECOND_PASSES] + lies
    for lie, lies in LIES.items() for place in ("last", "first")
    if lie in ("fail-pass", "fail-pass-in-one", "errored-pass", "timed-out-pass")
}
# All orders of an attempt's reports; `checked` stands for every report about the check.
ORDERS = ["-".join(order) for order in itertools.permutations(("started", "staged", "checked", "finished"))]
# All orders in which the two outcomes are reports of their own, and the failure comes first.
SPLIT_ORDERS = [
    "-".join(order) for order in itertools.permutations(("staged", "fail", "pass", "finished"))
    if order.index("fail") < order.index("pass")
]
CHECK_ONLY_ORDERS = [
    "-".join(order) for order in itertools.permutations(("started", "fail", "pass", "finished"))
    if order.index("fail") < order.index("pass")
]


@dataclass(frozen=True)
class Asset:
    """An asset that lies: about what, and how it is declared."""

    lies: dict
    tries: int = 1
    has_second_check: bool = False
    has_second_output: bool = False

    @property
    def partitions(self):
        """A lie and an order each."""
        found = [f"{lie}.{order}" for lie in self.lies for order in ORDERS]
        return found + [f"split.started-{order}" for order in SPLIT_ORDERS]


ASSETS = {
    "hostile/gated": Asset(LIES),
    "hostile/retried": Asset(LIES_ABOUT_RETRIES, tries=TRIES),
    "hostile/waiting": Asset(LIES_WHILE_WAITING, has_second_check=True),
    "hostile/paired": Asset(LIES_WHILE_WAITING, has_second_output=True),
}


class _Gate(Attack):
    """An asset whose partitions are lies, and an honest reader of it."""

    reasons = ("contradiction",)
    kind = "gate"
    slots = 2_000
    restarts = False
    is_timed = False
    seconds = 5.0

    def assets(self):
        """The partitions of each asset."""
        return {key: asset.partitions for key, asset in ASSETS.items()}

    def steps(self):
        found = []
        for key, partitions in self.assets().items():
            outputs = [wire.asset(key, shared_with=["reader"], checks=self.checks(ASSETS[key]))]
            if ASSETS[key].has_second_output:
                outputs.append(wire.asset(OTHER, checks=[wire.check(SECOND)]))
            found.append(wire.step(*outputs, partitions=wire.keys(partitions)))
        return found

    def checks(self, asset):
        return [wire.check(CHECK, asset.tries)] + ([wire.check(SECOND)] if asset.has_second_check else [])

    def reads(self):
        return [
            wire.step(f"reader/{key.split('/')[1]}", partitions=wire.keys(partitions),
                      dependencies=[wire.dependency(key, wire.keys(partitions))])
            for key, partitions in self.assets().items()
        ]

    # ------------------------------------------------------------ lying

    def grant(self, session, grant):
        lie, order = grant.partition.split(".")
        key = self.asset_of(grant)
        for kind in order.split("-"):
            yield from self.say(session, grant.attempt, key, kind, ASSETS[key].lies.get(lie, []))

    @staticmethod
    def asset_of(grant):
        if grant.HasField("check"):
            return grant.check.targets[0].version.version.asset
        return grant.materialize.outputs[0].version.asset

    @staticmethod
    def say(session, attempt, key, kind, lie):
        if kind == "started":
            yield session.reports(wire.started(attempt))
        elif kind == "staged":
            yield session.reports(wire.staged(attempt, [key, OTHER] if ASSETS[key].has_second_output else [key]))
        elif kind == "finished":
            yield session.reports(wire.finished(attempt))
        else:
            reports = {"fail": [[say(FAILED)]], "pass": [[say(PASSED)], SECOND_PASSES]}.get(kind, lie)
            for evaluations in reports:
                is_other = evaluations is SECOND_PASSES and ASSETS[key].has_second_output
                yield session.reports(wire.checked(attempt, OTHER if is_other else key, evaluations))

    # ------------------------------------------------------------ launching and judging

    def selection(self, prefix):
        return ",".join(f"{prefix}/{key.split('/')[1]}" for key in self.assets())

    def connected(self, scene):
        """Waits for both teams."""
        for name in ("reader", "hostile"):
            scene.daemon.becomes_ready(name, 15)

    def drive(self, scene):
        self.connected(scene)
        for run in self.launches(scene):
            scene.ends(run, 30)
        scene.ended = True

    def launches(self, scene):
        raise NotImplementedError

    def judge(self, scene):
        if not getattr(scene, "ended", False):
            yield "its runs did not end"
        read = {(fact["asset"], fact["partition"]) for fact in scene.attacker.facts("read")}
        forbidden = [case for case in sorted(read) if self.is_forbidden(case[1])]
        if forbidden:
            yield f"an honest team read {len(forbidden)} versions whose check did not pass, as {forbidden[0]}"
        for key in self.assets():
            promoted = [item["partition"] for item in self.partitions(scene, key) if item.get("gate_open")]
            promoted = [partition for partition in promoted if self.is_forbidden(partition)]
            if promoted:
                yield f"the gate of {len(promoted)} partitions of {key} is open, as of {promoted[0]}"

    def is_forbidden(self, partition):
        return True

    @staticmethod
    def partitions(scene, key):
        found = []
        while True:
            page = scene.daemon.get(f"/v1/partitions?asset={key}&offset={len(found)}&limit=1000") or {"items": []}
            found += page["items"]
            if len(page["items"]) < 1_000:
                return found


class GateByHand(_Gate):
    """Contradicts itself about checks in 24 orders of reports, launched by hand together with the honest reader."""

    quick = True

    def launches(self, scene):
        yield scene.launch(f"{self.selection('hostile')},{self.selection('reader')}", partitions="all")


class GateByDownstream(_Gate):
    """The same, launched through a selection of everything upstream of the reader, and of everything downstream of the asset."""

    quick = True

    def launches(self, scene):
        yield scene.launch(",".join(f"+reader/{key.split('/')[1]}" for key in self.assets()), partitions="all")
        yield scene.launch(",".join(f"{key}+" for key in self.assets()), partitions="all")


class GateBySchedule(_Gate):
    """The same, launched by a schedule of its own; the reader is launched afterwards."""

    seconds = LEAD + 3

    def prepare(self, scene):
        # polls the clock: a tick comes when the minute is full
        time.sleep((60 - LEAD - time.time() % 60) % 60)

    def schedules(self):
        return [wire.schedule("all", partition=wire.manifest.Schedule.PARTITION_ALL)]

    def launches(self, scene):
        while True:
            runs = (scene.daemon.get("/v1/runs") or {"items": []})["items"]
            scheduled = [run["id"] for run in runs if run["cause"] != "manual"]
            if scheduled:
                break
            # polls: the minute is not full yet
            time.sleep(0.2)
        yield scheduled[0]
        yield scene.launch(self.selection("reader"), partitions="all")


class GateByChecksOnly(_Gate):
    """Declares a check of versions that exist, and contradicts itself about it when only checks are launched."""

    quick = True

    def assets(self):
        orders = ["-".join(order) for order in itertools.permutations(("started", "checked", "finished"))]
        return {
            key: [f"split.{order}" for order in CHECK_ONLY_ORDERS] + [f"{lie}.{order}" for lie in ASSETS[key].lies for order in orders]
            for key in ("hostile/gated", "hostile/retried", "hostile/waiting")
        }

    @property
    def is_redeployed(self):
        return os.path.exists(os.path.join(self.home, "redeploy"))

    def checks(self, asset):
        return super().checks(asset) if self.is_redeployed else []

    def attack(self, session):
        """Ends its session once it is to be deployed anew."""
        deployed = self.is_redeployed
        while deployed == self.is_redeployed and not session.is_over:
            yield from session.serve(0.2)

    def session(self, session):
        yield session.opened()
        yield session.status()
        yield from self.attack(session)

    def grant(self, session, grant):
        if grant.HasField("materialize"):
            return (yield from Attack.grant(self, session, grant))
        yield from super().grant(session, grant)

    def launches(self, scene):
        yield scene.launch("hostile/*", partitions="all")
        before = scene.daemon.location("hostile").get("manifest")
        open(os.path.join(scene.home, "redeploy"), "w").close()
        while True:
            location = scene.daemon.location("hostile")
            if location.get("manifest") != before and location.get("state") == "connected":
                break
            # polls: the daemon connects again
            time.sleep(0.05)
        yield scene.launch("hostile/*", partitions="all", checks_only=True)
        yield scene.launch("reader/*", partitions="all")


class GateAcrossSessions(_Gate):
    """Reports a failure, breaks the session, and retells in the status of the next that the check has passed."""

    quick = True

    def __init__(self, copy=0):
        super().__init__(copy)
        self.known = []

    def assets(self):
        return {"hostile/waiting": ["retold"]}

    def status(self, session):
        attempts = []
        for attempt in self.known:
            reports = [
                wire.started(attempt), wire.staged(attempt, ["hostile/waiting"]),
                wire.checked(attempt, "hostile/waiting", [say(PASSED), *SECOND_PASSES]), wire.finished(attempt),
            ]
            attempts.append(wire.execution.KnownAttempt(attempt=attempt, reports=reports))
        yield session.status(attempts=attempts)

    def attack(self, session):
        while not session.is_over and not self.breaks:
            yield from session.serve(0.1)
        if self.breaks:
            self.breaks = False
            # The failure must have been taken before the stream ends.
            deadline = time.monotonic() + 3
            while session.acknowledged < session.sent and time.monotonic() < deadline:
                time.sleep(0.01)
            self.ended = True

    breaks = False
    ended = False

    def session(self, session):
        yield session.opened()
        yield from self.status(session)
        if self.ended:
            yield from session.serve()
        else:
            yield from self.attack(session)

    def grant(self, session, grant):
        self.known.append(grant.attempt)
        yield session.reports(wire.started(grant.attempt), wire.staged(grant.attempt, ["hostile/waiting"]))
        yield session.reports(wire.checked(grant.attempt, "hostile/waiting", [say(FAILED)]))
        self.breaks = True

    def launches(self, scene):
        yield scene.launch("hostile/waiting,reader/waiting", partitions="all")


class GateAfterStagingAnew(_Gate):
    """Stages one place, has it pass, and stages another one: what is read is what was checked."""

    quick = True
    is_said = False
    reasons = ()

    def assets(self):
        return {"hostile/gated": ["before", "between", "after"]}

    def grant(self, session, grant):
        attempt, key = grant.attempt, "hostile/gated"
        first = wire.staged(attempt, [key], uri="/checked")
        second = wire.staged(attempt, [key], uri="/swapped")
        passes = wire.checked(attempt, key, [say(PASSED)])
        orders = {
            "before": [first, second, passes], "between": [first, passes, second], "after": [first, passes, wire.finished(attempt), second]
        }
        yield session.reports(wire.started(attempt), *orders[grant.partition], wire.finished(attempt))

    def launches(self, scene):
        yield scene.launch("hostile/gated,reader/gated", partitions="all")

    def is_forbidden(self, partition):
        return False

    def judge(self, scene):
        yield from super().judge(scene)
        swapped = [fact for fact in scene.attacker.facts("read") if fact["uri"] != "/checked"]
        if swapped:
            yield f"an honest team read what was staged after its checks: {swapped[0]}"


class GateForTheHonest(_Gate):
    """Repeats a pass, and errs once within its check's policy: this is no attack, and the repeated pass must promote."""

    quick = True
    is_said = False
    reasons = ()
    reports = {
        "at-once": outcomes([PASSED]), "repeated": outcomes([PASSED], [PASSED]), "repeated-in-one": outcomes([PASSED, PASSED]),
        # Whether this is read is up to the control plane: a host tries again by itself, and tells the last outcome.
        "errored": outcomes([ERRORED], [PASSED]),
    }

    def assets(self):
        return {"hostile/retried": list(self.reports)}

    def grant(self, session, grant):
        attempt, key = grant.attempt, "hostile/retried"
        yield session.reports(wire.started(attempt), wire.staged(attempt, [key]))
        for evaluations in self.reports[grant.partition]:
            yield session.reports(wire.checked(attempt, key, evaluations))
        yield session.reports(wire.finished(attempt))

    def launches(self, scene):
        yield scene.launch("hostile/retried,reader/retried", partitions="all")

    def is_forbidden(self, partition):
        return False

    def judge(self, scene):
        yield from super().judge(scene)
        left = set(self.reports) - {"errored"} - {fact["partition"] for fact in scene.attacker.facts("read")}
        if left:
            yield f"an honest team could not read {sorted(left)}, which passed"
