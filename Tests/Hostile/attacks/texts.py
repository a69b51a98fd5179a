# SPDX-License-Identifier: Apache-2.0
"""Text that others read: on terminals, and line by line in logs."""

import os
import re
import stat
import subprocess

import wire
from attacks.attack import Attack
from expectations import Bounds
from wire import identifiers, location

# Clears the line, turns it green, rings, renames the window, writes from right to left, and begins a line of the log.
EVIL = "\x1b[2K\x1b[32mall checks passed\x1b[0m\x07\x1b]0;owned\x07\u202eevil\u2028\x9b31m\r\n2026-01-01T00:00:00+0000 info sluiced: forged\n\0\x7f\b"
# What no terminal should be sent: controls of both sets beside the end of a line, and what changes the order of writing.
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# What every line of the log begins with.
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S* (trace|debug|info|notice|warning|error|critical) sluiced: ")
FORGED = "2026-01-01T00:00:00"


def log_faults(path):
    """What in a daemon's log was written by others."""
    with open(path, encoding="utf-8", errors="replace", newline="") as file:
        text = file.read()
    found = UNPRINTABLE.search(text.replace("\n", ""))
    if found:
        yield f"the log has {found[0]!r}, in {text.replace(chr(10), ' ')[max(0, found.start() - 40):found.start() + 10]!r}"
    if any(line.startswith(FORGED) for line in text.split("\n")):
        yield "the log has a forged line"


class _Text(Attack):
    """An attack that is judged by what `sluice` and the log show."""

    kind = "text"
    restarts = False
    commands = ()

    def judge(self, scene):
        for command in self.commands:
            done = subprocess.run(
                [scene.programs.command, *command], capture_output=True, timeout=20,
                env=dict(os.environ, SLUICE_URL=f"http://127.0.0.1:{scene.daemon.port}", NO_COLOR="1"))
            shown = (done.stdout + done.stderr).decode(errors="replace")
            found = UNPRINTABLE.search(shown)
            if found:
                around = shown[max(0, found.start() - 30):found.start() + 10]
                yield f"'sluice {' '.join(command)}' shows {found[0]!r}, in {around!r}"
            if any(line.startswith(FORGED) for line in shown.splitlines()):
                yield f"'sluice {' '.join(command)}' shows a forged line"
        yield from log_faults(scene.daemon.log)


class ControlsInMessages(_Text):
    """Puts escape sequences and new lines into every message, error, log line and locator that a step may send."""

    quick = True
    is_said = False
    commands = (
        ("locations",), ("assets",), ("asset", "hostile/asset"), ("why", "hostile/asset"), ("checks", "hostile/asset"), ("runs",),
        ("run", "1"), ("status",), ("preview", "hostile/fine"), ("why", "hostile/broken"), ("asset", "hostile/broken"),
    )

    def steps(self):
        check = wire.check("check")
        check.description = EVIL
        return [
            wire.step(wire.asset("hostile/asset", description=EVIL, checks=[check])), wire.step("hostile/broken"),
            wire.step("hostile/fine"),
        ]

    def grant(self, session, grant):
        attempt, key = grant.attempt, grant.step
        yield session.reports(wire.started(attempt), wire.logged(attempt, [EVIL]))
        if key == "hostile/broken":
            return (yield session.reports(wire.failed(attempt, EVIL)))
        metadata = {"m": identifiers.MetadataValue(text=EVIL), EVIL[:100]: identifiers.MetadataValue(int=1)}
        if key == "hostile/fine":
            metadata = {}
        staged = wire.staged(attempt, [key], metadata, uri=EVIL)
        evaluation = wire.evaluation("check", wire.FAILED, EVIL)
        evaluation.metadata["m"].text = EVIL
        yield session.reports(staged, wire.checked(attempt, key, [evaluation]), wire.finished(attempt))

    def command(self, session, command):
        if command.HasField("settle"):
            settled = location.Event.Settled(version=command.settle.version, decision=command.settle.decision, error=EVIL)
            yield session.events(location.Event(settled=settled))
        else:
            yield from super().command(session, command)

    def preview(self, request):
        yield location.PreviewResponse(columns=[EVIL], rows=[identifiers.MetadataValue.Row(cells=[EVIL])])

    def drive(self, scene):
        scene.ends(scene.launch("hostile/*"))

    def judge(self, scene):
        runs = (scene.daemon.get("/v1/runs") or {"items": []})["items"]
        mine = next((str(run["id"]) for run in runs if run["selection"].startswith("hostile")), "1")
        self.commands = self.commands + (("run", mine), ("run", mine, "--follow"))
        yield from super().judge(scene)


class ControlsInNames(_Text):
    """Puts escape sequences and new lines into names: of steps, groups, tags, owners, checks, versions, schedules."""

    quick = True
    is_said = False
    commands = (
        ("locations",), ("assets",), ("schedules",), ("runs",), ("status",),
        *((command, f"hostile{copy or ''}/asset") for copy in range(18) for command in ("asset", "checks", "why")),
    )
    seconds = 5.0

    copies = 18

    def manifest(self):
        """Each name alone, so that the refusal of one leaves the others to be tried."""
        name = EVIL[:120]
        asset, fields = wire.asset(f"{self.name}/asset", checks=[wire.check("check")]), {}
        schedule = wire.schedule("s", selection=f"{self.name}/*")
        changes = (
            lambda: setattr(asset, "group", name), lambda: asset.tags.update({name: name}), lambda: asset.kinds.append(name),
            lambda: asset.owners.append(name), lambda: setattr(asset.checks[0], "name", name),
            lambda: setattr(asset.checks[0], "version", name), lambda: setattr(schedule, "name", name),
            lambda: setattr(schedule, "description", name), lambda: setattr(schedule, "cron", name),
            lambda: setattr(schedule, "selection", name), lambda: fields.update(name=name),
            lambda: fields.update(code_version=name), lambda: setattr(asset, "key", f"{self.name}/{name}"),
            lambda: setattr(asset.output, "scheme", name), lambda: asset.shared_with.append(name),
            lambda: fields.update(dependencies=[wire.dependency(name)]), lambda: fields.update(partitions=wire.keys([name, "a"])),
            lambda: fields.update(partitions=wire.daily(first=name)),
        )
        turn = self.next_turn() % len(changes)
        changes[turn]()
        version = name if turn == 0 else "1"
        return wire.manifest.Manifest(
            location=self.name, version=version, steps=[wire.step(asset, **fields)], schedules=[schedule]).SerializeToString()

    def session(self, session):
        yield session.opened()
        yield session.status()
        yield from session.serve(0.1)

    def drive(self, scene):
        for name in self.names():
            scene.daemon.launch(f"{name}/*", partitions="all")

    def judge(self, scene):
        seen = set()
        for fault in super().judge(scene):
            kind = fault.split(" shows ")[0].split("/")[0]
            if kind not in seen:
                seen.add(kind)
                yield fault


class ControlsInIdentity(_Text):
    """Puts escape sequences and new lines into its instance, its digest, and the errors of its calls."""

    quick = True
    commands = (("locations",), ("status",))
    is_said = False

    copies = 3

    def describe(self):
        self.next_turn()
        header = location.DescribeResponse.Header(instance="a", digest="sha256:0", size=0)
        if self.turn % 3 == 1:
            header.digest = EVIL
        elif self.turn % 3 == 2:
            header.instance = EVIL
        else:
            yield from super().describe()
            return
        yield location.DescribeResponse(header=header)

    def session(self, session):
        import grpc

        yield session.opened(instance=EVIL[:200] if self.turn % 2 else "a", manifest_digest=EVIL[:200])
        self.context.abort(grpc.StatusCode.INTERNAL, "\x1b[32mfine\x1b[0m %0a\nforged")


class StoreWasThere(Attack):
    """Finds a data directory that others may read: what the daemon writes into it is for its owner alone."""

    kind = "text"
    quick = True
    seconds = 1.0
    is_said = False
    restarts = False
    bounds = Bounds()

    def judge(self, scene):
        for folder, _, names in os.walk(scene.data):
            for name in names:
                mode = stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode)
                if mode & 0o077:
                    yield f"{name} has the mode {mode:04o}"
