# SPDX-License-Identifier: Apache-2.0
"""The location's messages: from the stubs where they will do, and by hand where no library would make them."""

import os
import struct
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, ".build-python", "stubs")]

from sluice.location.v1 import execution_pb2 as execution  # noqa: E402,F401
from sluice.location.v1 import identifiers_pb2 as identifiers  # noqa: E402,F401
from sluice.location.v1 import location_pb2 as location  # noqa: E402,F401
from sluice.location.v1 import manifest_pb2 as manifest  # noqa: E402,F401

UINT64 = (1 << 64) - 1
UINT32 = (1 << 32) - 1
INT64 = (1 << 63) - 1
MEGABYTE = 1 << 20
# What a message may hold so that it is surely looked at, and not refused for its size alone; and what a name may hold in a manifest.
MESSAGE = 3 * MEGABYTE
LARGEST = 15 * MEGABYTE
# How many events a message may have so that they are looked at, too.
EVENTS = 4_000
# A run that is never launched; an attempt of one that has ended is late, and not unknown.
NOBODYS_RUN = 1 << 40
HOUR_US = 3_600_000_000
# The first instant that a window may have: the year 1.
YEAR_ONE_US = -62_135_596_800_000_000


# ---------------------------------------------------------------- bytes


def varint(number):
    """A number as protobuf writes it; negative ones as 64 bits."""
    number &= UINT64
    data = bytearray()
    while number > 0x7F:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number)
    return bytes(data)


def field(number, content=b""):
    """A field of bytes, text, or another message."""
    if isinstance(content, str):
        content = content.encode()
    if not isinstance(content, bytes):
        content = content.SerializeToString()
    return varint(number << 3 | 2) + varint(len(content)) + content


def number_field(number, value):
    """A field of a whole number or an enumeration."""
    return varint(number << 3) + varint(value)


def double_field(number, value):
    return varint(number << 3 | 1) + struct.pack("<d", value)


def nested(number, depth, inner=b""):
    """A message that holds itself under one field, `depth` times: built from the inside in linear time."""
    parts, size = [inner], len(inner)
    for _ in range(depth):
        head = varint(number << 3 | 2) + varint(size)
        parts.append(head)
        size += len(head)
    return b"".join(reversed(parts))


# ---------------------------------------------------------------- a session's responses, as bytes


def events(first, encoded, acknowledged=0):
    """Numbered events, each already encoded with its tag as `event` below does, in one message."""
    body = number_field(1, first) + encoded
    return (number_field(1, acknowledged) if acknowledged else b"") + field(3, body)


def event(content=b""):
    """One event within `events`."""
    return field(2, content)


def report(content):
    """An event that is a step's report."""
    return event(field(1, content))


# ---------------------------------------------------------------- manifests


def asset(key, **fields):
    """An asset without checks, that no other location may read."""
    fields.setdefault("output", manifest.Output(scheme="file", format="jsonl/1"))
    return manifest.Asset(key=key, group="hostile", **fields)


def check(name, max_attempts=1, severity=manifest.SEVERITY_BLOCK, version=None):
    return manifest.Check(
        name=name, version=version, severity=severity, retry=retry(max_attempts), timeout_us=60_000_000)


def retry(max_attempts=1):
    return manifest.RetryPolicy(max_attempts=max_attempts, delay_us=0, backoff=1, max_delay_us=0, jitter=0)


def single():
    return manifest.PartitionSpace(single=manifest.PartitionSpace.Single())


def keys(names):
    return manifest.PartitionSpace(keys=manifest.PartitionSpace.Keys(keys=names))


def hourly(start_us=YEAR_ONE_US, limit=None):
    return manifest.PartitionSpace(hourly=manifest.PartitionSpace.Hourly(start_us=start_us, limit=limit, zone="UTC"))


def daily(first="0001-01-01", last=None):
    return manifest.PartitionSpace(daily=manifest.PartitionSpace.Daily(first=first, last=last, zone="UTC"))


def dependency(upstream, partitions=None, mapping=manifest.Dependency.MAPPING_IDENTITY):
    return manifest.Dependency(
        upstream=upstream, mapping=mapping, binding=manifest.Dependency.BINDING_GATED, partitions=partitions or single(),
        loadable_schemes=["file"])


def step(*outputs, name=None, partitions=None, dependencies=(), **fields):
    """A step of some assets, given as assets or as keys; it is named after the first."""
    outputs = [asset(output) if isinstance(output, str) else output for output in outputs]
    fields.setdefault("retry", retry())
    fields.setdefault("timeout_us", 600_000_000)
    return manifest.Step(
        name=name or outputs[0].key, partitions=partitions or single(), dependencies=dependencies, outputs=outputs,
        **fields)


def schedule(name, cron="* * * * *", selection="hostile/*", partition=manifest.Schedule.PARTITION_LATEST):
    return manifest.Schedule(name=name, cron=cron, zone="UTC", selection=selection, partition=partition)


# ---------------------------------------------------------------- what a host says about a grant


def staged(attempt, assets, metadata=None, uri="/nowhere"):
    """A report that every asset lies in its staging place."""
    outputs = [
        execution.StagedOutput(
            asset=key, locator=identifiers.Locator(scheme="file", uri=uri, format="jsonl/1"), metadata=metadata or {})
        for key in assets
    ]
    return execution.StepReport(attempt=attempt, staged=execution.StepReport.Staged(outputs=outputs))


def started(attempt):
    return execution.StepReport(attempt=attempt, started=execution.StepReport.Started())


def finished(attempt, **end):
    """A report of the attempt's end; `completed` where nothing else is said."""
    if not end:
        end = {"completed": execution.StepReport.Completed()}
    return execution.StepReport(attempt=attempt, finished=execution.StepReport.Finished(**end))


def failed(attempt, message, retryable=False):
    failure = execution.StepReport.Failure(
        kind=execution.StepReport.Failure.KIND_THREW, message=message, retryable=retryable)
    return finished(attempt, failed=failure)


def logged(attempt, lines, dropped=0):
    """A report of log lines, given as texts."""
    lines = [execution.LogLine(at_us=0, level=execution.LogLine.LEVEL_INFO, message=line) for line in lines]
    return execution.StepReport(attempt=attempt, logged=execution.StepReport.Logged(lines=lines, dropped=dropped))


def evaluation(name, outcome, message=None, version=None):
    return execution.CheckEvaluation(
        check=identifiers.CheckId(name=name, version=version), severity=manifest.SEVERITY_BLOCK, outcome=outcome,
        message=message)


def checked(attempt, asset, evaluations):
    return execution.StepReport(
        attempt=attempt, checked=execution.StepReport.Checked(asset=asset, evaluations=evaluations))


PASSED = execution.CheckEvaluation.OUTCOME_PASSED
FAILED = execution.CheckEvaluation.OUTCOME_FAILED
ERRORED = execution.CheckEvaluation.OUTCOME_ERRORED
TIMED_OUT = execution.CheckEvaluation.OUTCOME_TIMED_OUT


def attempt(incarnation, run, step=0, number=1):
    return identifiers.AttemptId(incarnation=incarnation, run=run, step=step, number=number)


def version(incarnation, asset, number=1, partition=""):
    return identifiers.VersionId(incarnation=incarnation, asset=asset, partition=partition, number=number)
