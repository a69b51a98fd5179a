# SPDX-License-Identifier: Apache-2.0
"""One attack on one daemon: an honest team's steps before and during, what the daemon grew by, and whether it comes back."""

import os
import shutil
import tempfile
import threading
import time

from daemon import Attacker, Daemon, Process, wait_for
from expectations import MEGABYTE, PATIENCE, refusals
from measure import HonestSteps, Listener, Probe, Times

HONEST = "fixture"
HONEST_SELECTION = "fixture/quick"
# Honest steps before the first that counts, and for how long those before the attack are measured.
WARM_UP = 12
BEFORE_SECONDS = 1.5
# The kinds of attacks that leave something behind: in the quick half only these are followed by a restart.
LASTING = {"trap", "volume"}
# How long an attack may take to reach the daemon.
BEGIN = 15.0
# How long a request that is under way when the attack ends may still take before it is counted as it is.
DRAIN = 20.0
# How long operators may have to wait until they are told, on a busy machine.
HEARING = 15.0
# For how long a restarted daemon is looked at after its first honest step.
AFTERWARDS = 1.5


class Result:
    """What was seen, and what of it is over a bound."""

    def __init__(self, attack):
        self.name = type(attack).__name__
        self.kind = attack.kind
        self.figures = {}
        self.faults = []
        self.said = []

    def fault(self, text):
        self.faults.append(text)


class Scene:
    """The processes of one attack, below one temporary directory."""

    def __init__(self, attack, programs, latency, options, keep=False):
        self.attack = attack
        self.programs = programs
        self.latency = latency
        self.options = options
        self.keep = keep
        self.home = tempfile.mkdtemp(prefix="sluice-h-")
        self.data = self.path("data")
        self.result = Result(attack)
        self.daemon = self.honest = self.attacker = None
        self.is_over = False

    @property
    def pace(self):
        """What the times of measuring are multiplied by."""
        return self.options.get("pace", 1.0)

    def path(self, name):
        return os.path.join(self.home, name)

    # ------------------------------------------------------------ the whole

    def run(self):
        """Plays it; whatever goes wrong is a fault of the result, and nothing is left running."""
        try:
            self._play()
        except (TimeoutError, OSError) as error:
            self.result.fault(f"{error}")
        finally:
            self._end()
        return self.result

    def _play(self):
        began = time.monotonic()
        os.makedirs(self.data, mode=0o755, exist_ok=True)
        self.honest = Process(
            [self.programs.honest, "serve", "--socket", self.path(f"{HONEST}.sock"), "--slots", "8"], self.path("honest.log"),
            {"SLUICE_STORAGE": self.path("storage")})
        self._start_daemon("daemon.log")
        steps, probe = HonestSteps(self.daemon, HONEST_SELECTION), Probe(self.daemon)
        steps.start()
        wait_for("the first honest steps", lambda: len(steps.samples) >= WARM_UP)
        before = time.monotonic()
        probe.start()
        time.sleep(BEFORE_SECONDS * self.pace)
        self.attack.prepare(self)
        start = time.monotonic()
        self._note_before(Times(steps.between(before, start)))
        listener = Listener(self.daemon, self.attack.names())
        listener.start()
        driven = self._attack(start)
        end = time.monotonic()
        self._drain((steps, probe), end, began)
        for loop in (steps, probe):
            loop.over.set()
        driven.join(DRAIN)
        self.is_over = True
        self._note_during(steps, probe, start, end)
        if self.daemon.is_alive:
            self._hear(listener)
            for fault in self.attack.judge(self):
                self.result.fault(fault)
        if self.attack.restarts and (self.pace == 1 or self.attack.kind in LASTING):
            self._restart()

    def _attack(self, start):
        self.attacker = Attacker(self.result.name, self.home, self.path("attacker.log"), self.options)
        if not self.attacker.wait_for("listening", BEGIN):
            raise TimeoutError("the hostile server did not begin: see attacker.log")
        if not self.attacker.wait_for("described", BEGIN) and self.daemon.is_alive:
            self.result.fault("the daemon did not ask the hostile location for its manifest")
        driven = threading.Thread(target=self._drive, daemon=True)
        driven.start()
        deadline = time.monotonic() + self.attack.seconds * self.pace
        while time.monotonic() < deadline and self.daemon.is_alive:
            time.sleep(0.05)
        self.result.figures["sessions"] = len(self.attacker.facts("session"))
        return driven

    def _drive(self):
        try:
            if self.attacker.wait_for("session", BEGIN):
                self.attack.drive(self)
        except Exception as error:  # noqa: BLE001 - the attack goes on without it, and the fault is shown
            if self.daemon.is_alive and not self.is_over:
                self.result.fault(f"driving it: {type(error).__name__}: {error}")

    def _drain(self, loops, end, began):
        """Lets what is under way come to an end, so that a standstill is seen at its length."""
        limit = min(end + DRAIN, began + PATIENCE)
        while time.monotonic() < limit and self.daemon.is_alive:
            if all(loop.begun is None or loop.begun > end for loop in loops):
                return
            time.sleep(0.02)

    def _end(self):
        for process in (self.attacker, self.daemon, self.honest):
            if process is not None:
                process.stop()
        if not self.keep or not self.result.faults:
            shutil.rmtree(self.home, ignore_errors=True)
        else:
            self.result.figures["kept"] = self.home

    def launch(self, selection, within=BEGIN, **fields):
        """Launches a run of the hostile location as soon as it is there to be launched; the run's number, or None."""

        def ask():
            status, answer = self.daemon.launch(selection, **fields)
            return answer["run"]["id"] if status == 200 else None

        return wait_for(f"a run of {selection}", ask, within, pause=0.1)

    def ends(self, run, within=BEGIN):
        """Waits for a run's end; its state."""

        def ask():
            state = (self.daemon.get(f"/v1/runs/{run}") or {}).get("run", {}).get("state", "running")
            return state if state != "running" else None

        return wait_for(f"the end of run {run}", ask, within, pause=0.1)

    # ------------------------------------------------------------ processes

    def _write_workspace(self, *names):
        with open(self.path("workspace.yaml"), "w") as file:
            file.write("load_from:\n")
            for name in names:
                file.write(f"  - grpc_server: {{ location_name: {name}, socket: {self.path(name)}.sock }}\n")

    def _start_daemon(self, log):
        """Starts it with the hostile location alone, and adds the honest ones: the first shares what the engine runs on."""
        self._write_workspace(*self.attack.names())
        self.daemon = Daemon(self.programs.daemon, self.path("workspace.yaml"), self.data, self.path(log))
        self.daemon.becomes_ready()
        self._write_workspace(*self.attack.names(), HONEST, *(["reader"] if self.attack.reads() else []))
        status, text = self.daemon.ask("/v1/reload", {})
        if status != 200:
            raise OSError(f"the workspace was not taken: {text}")
        self.daemon.becomes_ready(HONEST)

    def _restart(self):
        """A new daemon on what is left, killed at whatever it was doing."""
        self.daemon.kill()
        bounds, began, sessions = self.attack.bounds, time.monotonic(), len(self.attacker.facts("session"))
        self.daemon = Daemon(self.programs.daemon, self.path("workspace.yaml"), self.data, self.path("again.log"))
        try:
            self.daemon.becomes_ready(HONEST, bounds.restart_seconds)
            left = max(1.0, began + bounds.restart_seconds - time.monotonic())
            _, answer = self.daemon.launch(HONEST_SELECTION, wait=int(left) + 1, timeout=left)
            if answer.get("run", {}).get("state") != "succeeded":
                self.result.fault(f"after a restart an honest step did not succeed: {str(answer)[:200]}")
        except (TimeoutError, OSError, ValueError) as error:
            self.result.fault(f"no honest step within {bounds.restart_seconds:.0f} s of a restart: {error}")
        self.result.figures["restart_seconds"] = time.monotonic() - began
        # What the attacker says to the new daemon must reach it, too.
        deadline = time.monotonic() + AFTERWARDS
        while len(self.attacker.facts("session")) == sessions and time.monotonic() < deadline and self.daemon.is_alive:
            time.sleep(0.02)
        self.daemon.process_ends(AFTERWARDS / 2)
        if not self.daemon.is_alive:
            self.result.fault(f"the restarted daemon died: {self.daemon.ending}")
        memory = self.daemon.memory("VmHWM") / MEGABYTE
        self.result.figures["restart_memory_mb"] = memory
        if memory > bounds.restart_memory_mb:
            self.result.fault(f"the restarted daemon took {memory:.0f} MB, over {bounds.restart_memory_mb}")
        if self.daemon.is_alive:
            for fault in self.attack.judge_restarted(self):
                self.result.fault(fault)

    # ------------------------------------------------------------ judging

    def _note_before(self, times):
        self.before = times
        self.memory = self.daemon.memory()
        self.daemon.forget_highest()
        self.store, self.log = self.daemon.store_bytes, self.daemon.log_bytes
        self.result.figures.update(before_median=times.median, before_longest=times.longest, memory_before_mb=self.memory / MEGABYTE)

    def _note_during(self, steps, probe, start, end):
        daemon, figures, fault = self.daemon, self.result.figures, self.result.fault
        during, probed = Times(steps.between(start, end)), Times(probe.between(start, end))
        bounds, latency = self.attack.bounds, self.latency
        highest = daemon.memory("VmHWM") or daemon.memory()
        figures.update(
            during_median=during.median, during_longest=during.longest, during_count=during.count,
            healthz_longest=probed.longest, memory_mb=max(0, highest - self.memory) / MEGABYTE,
            store_mb=(daemon.store_bytes - self.store) / MEGABYTE, log_mb=(daemon.log_bytes - self.log) / MEGABYTE,
            ended=daemon.ending)
        if not daemon.is_alive:
            return fault(f"the daemon died ({daemon.ending}) {time.monotonic() - start:.1f} s after the attack began")
        if self.attack.is_timed:
            allowed = self.before.median * latency.median_factor + latency.median_floor
            if during.median > allowed:
                fault(f"honest steps took {during.median * 1000:.0f} ms (median), over {allowed * 1000:.0f}")
            if during.longest > latency.longest:
                fault(f"an honest step took {during.longest:.2f} s, over {latency.longest} s")
        if probed.longest > latency.longest:
            fault(f"/healthz took {probed.longest:.2f} s, over {latency.longest} s")
        failed = steps.failed_between(start, end) + probe.failed_between(start, end)
        if failed:
            fault(f"{len(failed)} honest requests failed, the first: {failed[0]}")
        for name, limit in (("memory_mb", bounds.memory_mb), ("store_mb", bounds.store_mb), ("log_mb", bounds.log_mb)):
            if figures[name] > limit:
                fault(f"{name} grew by {figures[name]:.0f}, over {limit}")

    def _hear(self, listener):
        """What operators were told: problems of the hostile location, and counters about it."""

        def counted():
            return refusals(self.daemon.metrics(), self.attack.names())

        if self.attack.is_said:
            deadline = time.monotonic() + HEARING
            # A large manifest may still be on its way.
            while not listener.said and not counted() and time.monotonic() < deadline and self.daemon.is_alive:
                time.sleep(0.2)
        listener.over.set()
        self.result.said, counted = listener.said, counted()
        self.result.figures["refusals"] = counted
        if self.attack.is_said and not self.result.said and not counted:
            self.result.fault("nobody is told: the location has no problem, and no counter moved")
        elif self.attack.reasons and not set(self.attack.reasons) & set(counted):
            self.result.fault(f"nothing was counted as {' or '.join(self.attack.reasons)}, but {counted or 'nothing'}")
