# SPDX-License-Identifier: Apache-2.0
"""What is measured: each work with its target, and how Sluice and Dagster are asked for it."""

from dataclasses import dataclass, field
from typing import Callable


def median(scale=1.0):
    """Seconds a round, in another unit."""
    return lambda record: record["median_seconds"] * scale


def per_unit(scale):
    """Seconds a step, run or asset, in another unit."""
    return lambda record: record["median_seconds"] / record["units"] * scale


def rate(record):
    return record["units_per_second"]


def figure(name):
    return lambda record: record["figures"][name]


@dataclass(frozen=True)
class Work:
    id: str
    title: str
    unit: str
    # What the benchmark program and its counterpart are asked for.
    sluice: list
    value: Callable
    # By store; None where there is none.
    target: dict = field(default_factory=dict)
    more_is_better: bool = False
    # What replaces arguments with --quick.
    quick: dict = field(default_factory=dict)
    dagster: list = None
    dagster_value: Callable = None
    dagster_quick: dict = field(default_factory=dict)
    dagster_full: dict = field(default_factory=dict)
    # Works that are the same wherever the journal is.
    without_store: bool = False

    def goal(self, store):
        return self.target.get(store, self.target.get("any"))

    def is_met(self, value, store):
        goal = self.goal(store)
        return None if goal is None else value >= goal if self.more_is_better else value <= goal

    def times_better(self, ours, theirs):
        """How many times better we are than another; below 1 where we are worse."""
        return ours / theirs if self.more_is_better else theirs / ours


# What --smoke makes of every program's options: enough to see that it works, and nothing to measure by.
SMOKE = {"--assets": 32, "--rounds": 1, "--events": 300, "--seconds": 1, "--settle": 0, "--commits": 10, "--points": 40}


def with_options(arguments, replaced):
    """Arguments with the values of some options replaced; those that are not there stay away."""
    result = list(arguments)
    for index, word in enumerate(arguments):
        if word in replaced:
            result[index + 1] = str(replaced[word])
    return result


LATENCY = ["latency", "--rounds", "200"]
ONE_ASSET = ["latency", "--rounds", "5"]
IDLE = ["idle", "--assets", "10000", "--seconds", "60", "--settle", "10"]
DAGSTER_IDLE = ["idle", "--assets", "10000", "--seconds", "60", "--settle", "120"]
STORAGE = ["storage", "--assets", "1000", "--shape", "checked", "--checks", "1", "--rounds", "5"]
DAGSTER_STORAGE = ["storage", "--assets", "50", "--shape", "checked", "--checks", "1", "--rounds", "2"]
START = ["start", "--assets", "10000", "--events", "1000000", "--rounds", "3"]

WORKS = [
    Work(
        "latency", "one-asset run, request to done, idle system, median", "ms", LATENCY + ["--assets", "10"], median(1e3),
        {"sqlite": 3, "postgres": 5}, quick={"--rounds": 50}, dagster=ONE_ASSET + ["--assets", "10"], dagster_quick={"--rounds": 2},
    ),
    Work(
        "latency-default", "the same; Dagster with its default executor", "ms", LATENCY + ["--assets", "10"], median(1e3),
        {"sqlite": 3, "postgres": 5}, quick={"--rounds": 50},
        dagster=ONE_ASSET + ["--assets", "10", "--executor", "default"], dagster_quick={"--rounds": 2},
    ),
    Work(
        "latency-5000", "the same in a location of 5,000 assets", "ms", LATENCY + ["--assets", "5000"], median(1e3),
        {"sqlite": 3, "postgres": 5}, quick={"--rounds": 50},
        dagster=["latency", "--rounds", "3", "--assets", "5000"], dagster_quick={"--rounds": 1, "--assets": 1000},
    ),
    Work(
        "wide", "a run of 1,000 no-op assets, width 50", "steps/s", ["steps", "--shape", "wide", "--assets", "1000", "--rounds", "15"],
        rate, {"sqlite": 10_000, "postgres": 4_000}, more_is_better=True, quick={"--rounds": 5},
        dagster=["steps", "--shape", "wide", "--assets", "200", "--rounds", "1"],
        dagster_quick={"--assets": 100}, dagster_full={"--assets": 1000},
    ),
    Work(
        "chain", "a chain of 1,000 no-op assets", "ms a step", ["steps", "--shape", "chain", "--assets", "1000", "--rounds", "5"],
        per_unit(1e3), {"any": 1}, quick={"--rounds": 2},
        dagster=["steps", "--shape", "chain", "--assets", "100", "--rounds", "1"],
        dagster_quick={"--assets": 30}, dagster_full={"--assets": 1000},
    ),
    Work(
        "checks", "100 assets with 3 blocking checks each", "s for 100", ["steps", "--shape", "checked", "--assets", "100", "--rounds", "30"],
        per_unit(100), {"any": 0.05}, quick={"--rounds": 10},
        dagster=["steps", "--shape", "checked", "--assets", "100", "--rounds", "1"], dagster_quick={"--assets": 20},
    ),
    Work(
        "launches", "1,000 one-asset runs of different assets, in one request", "runs/s", ["launches", "--assets", "1000", "--rounds", "10"],
        rate, {"any": 3_000}, more_is_better=True, quick={"--rounds": 3},
        dagster=["launches", "--assets", "20", "--rounds", "1"], dagster_quick={"--assets": 5}, dagster_full={"--assets": 200},
    ),
    Work(
        "embedded", "embedded in one process, in-memory store, no-op steps", "steps/s", ["embedded", "--assets", "10000", "--rounds", "10"],
        rate, {"any": 50_000}, more_is_better=True, quick={"--rounds": 3},
        dagster=["embedded", "--assets", "200", "--rounds", "2"], dagster_quick={"--assets": 50, "--rounds": 1}, without_store=True,
    ),
    Work(
        "load", "load a location of 10,000 assets, from its start to schedulable", "s for 10,000", ["load", "--assets", "10000", "--rounds", "5"],
        per_unit(10_000), {"any": 1}, quick={"--rounds": 2},
        dagster=["load", "--assets", "10000", "--rounds", "1"], dagster_quick={"--assets": 1000},
    ),
    Work(
        "idle-memory", "memory of an idle daemon with 10,000 assets", "MB", IDLE, figure("daemon_resident_mb"), {"any": 120},
        quick={"--seconds": 10}, dagster=DAGSTER_IDLE, dagster_quick={"--assets": 1000, "--seconds": 20, "--settle": 20},
    ),
    Work(
        "idle-cpu", "its processor time when idle", "CPU-s a minute", IDLE, figure("daemon_processor_seconds_a_minute"), {"any": 0.2},
        quick={"--seconds": 10}, dagster=DAGSTER_IDLE, dagster_quick={"--assets": 1000, "--seconds": 20, "--settle": 20},
    ),
    Work("plan", "plan a run over 10,000 assets", "ms", ["plan", "--assets", "10000", "--rounds", "20"], median(1e3), {"any": 50}, without_store=True),
    Work(
        "bytes-encoded", "bytes per materialization with one check: encoded events", "B", STORAGE, figure("encoded_bytes"), {"any": 500},
        quick={"--rounds": 1}, dagster=DAGSTER_STORAGE, dagster_quick={"--assets": 10, "--rounds": 1},
    ),
    Work(
        "bytes-stored", "the same, with projections and indexes", "B", STORAGE, figure("stored_bytes"), {"any": 1_500},
        quick={"--rounds": 1}, dagster=DAGSTER_STORAGE, dagster_quick={"--assets": 10, "--rounds": 1},
    ),
    Work(
        "start", "start with 1,000,000 events of history and 10,000 assets, after a stop", "s", START, median(), {"any": 3},
        quick={"--events": 100_000, "--rounds": 1},
    ),
    Work(
        "start-kill", "the same, after SIGKILL: the whole journal is checked", "s", START, median(), quick={"--events": 100_000, "--rounds": 1},
    ),
]

# Which of a program's lines a work is about, where it prints several.
LINES = {"start": "start", "start-kill": "start_after_kill"}

BY_ID = {work.id: work for work in WORKS}


def shortened(work, quick):
    """What to say of a work that --quick makes smaller rather than shorter, whose target then says nothing; None of others."""
    less = [f"{int(value):,} {name.strip('-')}" for name, value in work.quick.items() if name in ("--assets", "--events")]
    return f"with {', '.join(less)}" if quick and less else None


def scaled(work, arguments):
    """What to say of a counterpart that was asked for fewer assets; None where it was not."""

    def assets(words):
        return int(words[words.index("--assets") + 1]) if "--assets" in words else None

    ours, theirs = assets(work.sluice), assets(arguments)
    return f"with {theirs:,} assets" if ours and theirs and theirs < ours else None
