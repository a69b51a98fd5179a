# SPDX-License-Identifier: Apache-2.0
"""The hostile location: serves one attack on a Unix socket. Usage: server.py ATTACK HOME OPTIONS"""

import concurrent.futures
import hashlib
import json
import os
import queue
import random
import sys
import threading
import time

import wire
from wire import execution, location

import grpc

SERVICE = "sluice.location.v1.CodeLocation"
CHUNK = 256 << 10
HEARTBEAT = 1.0
# What ends the queue of a session whose stream is over.
OVER = object()

telling = threading.Lock()


def tell(kind, **facts):
    """Says to whoever measures what has happened."""
    with telling:
        print(json.dumps(dict(facts, kind=kind, at=time.monotonic())), flush=True)


class Session:
    """The location's half of one stream: it counts, and keeps what the daemon commands."""

    def __init__(self, requests, host):
        self.host = host
        opening = next(requests)
        self.incarnation = opening.open.incarnation
        self.epoch = opening.open.epoch
        self.sent = 0
        self.received = 0
        self.acknowledged = 0
        self.commands = queue.Queue()
        self.reader = threading.Thread(target=self._read, args=(requests,), daemon=True)
        self.reader.start()

    def _read(self, requests):
        try:
            for request in requests:
                self.acknowledged = max(self.acknowledged, request.acknowledged)
                for command in request.commands.commands:
                    self.received += 1
                    self.commands.put(command)
        except grpc.RpcError:
            pass
        finally:
            self.commands.put(OVER)

    @property
    def is_over(self):
        return not self.reader.is_alive() and self.commands.empty()

    def opened(self, **fields):
        """The first message of a stream."""
        fields = dict(
            dict(instance=self.host.instance, session=random.getrandbits(63), manifest_digest=self.host.digest,
                 slots=self.host.slots), **fields)
        return location.SessionResponse(opened=location.SessionResponse.Opened(**fields))

    def status(self, last=True, **fields):
        """One part of the status with which a session begins."""
        return self.events(location.Event(status=location.Event.Status(last=last, **fields)))

    def events(self, *events):
        """Events with the next numbers."""
        first = self.sent + 1
        self.sent += len(events)
        return location.SessionResponse(
            acknowledged=self.received, events=location.SessionResponse.Events(first=first, events=events))

    def reports(self, *reports):
        return self.events(*(location.Event(report=report) for report in reports))

    def raw(self, encoded, count):
        """Events with the next numbers, already encoded."""
        first = self.sent + 1
        self.sent += count
        return wire.events(first, encoded, self.received)

    def heartbeat(self, **fields):
        fields = dict(dict(slots=self.host.slots, manifest_digest=self.host.digest, interval_us=5_000_000), **fields)
        return location.SessionResponse(
            acknowledged=self.received, heartbeat=location.SessionResponse.Heartbeat(**fields))

    def command(self, within=HEARTBEAT):
        """The next command; None where none comes in time."""
        try:
            return self.commands.get(timeout=within)
        except queue.Empty:
            return None

    def serve(self, seconds=None):
        """Answers commands as the attack does, and says now and then that it lives, until the stream or the time is over."""
        deadline = time.monotonic() + seconds if seconds else float("inf")
        heard = 0.0
        while time.monotonic() < deadline:
            if time.monotonic() - heard > HEARTBEAT:
                heard = time.monotonic()
                yield self.heartbeat()
            command = self.command()
            if command is OVER:
                return
            if command is not None:
                yield from self.host.command(self, command)


class Host:
    """An honest location, as far as nothing is overridden: it stages nothing real, and says that every check passed."""

    name = "hostile"
    slots = 64

    def __init__(self):
        self.instance = f"{self.name}-{random.getrandbits(64):x}"
        self.digest = "sha256:0"

    # ------------------------------------------------------------ what it defines

    def steps(self):
        """The steps of the manifest."""
        return [wire.step(f"{self.name}/asset")]

    def schedules(self):
        return []

    def manifest(self):
        """The manifest's bytes."""
        return wire.manifest.Manifest(
            location=self.name, steps=self.steps(), schedules=self.schedules()).SerializeToString()

    def describe(self):
        """What `Describe` answers."""
        data = self.manifest()
        self.digest = "sha256:" + hashlib.sha256(data).hexdigest()
        header = location.DescribeResponse.Header(instance=self.instance, digest=self.digest, size=len(data))
        yield location.DescribeResponse(header=header)
        for start in range(0, len(data), CHUNK):
            yield location.DescribeResponse(chunk=data[start:start + CHUNK])

    # ------------------------------------------------------------ what it says

    def session(self, session):
        yield session.opened()
        yield from self.status(session)
        yield from self.attack(session)
        yield from session.serve()

    def status(self, session):
        yield session.status()

    def attack(self, session):
        """What is sent, unasked, once the session is open."""
        return iter(())

    def command(self, session, command):
        """The answer to one command."""
        kind = command.WhichOneof("command")
        if kind == "grant":
            yield from self.grant(session, command.grant)
        elif kind == "settle":
            settled = location.Event.Settled(version=command.settle.version, decision=command.settle.decision)
            yield session.events(location.Event(settled=settled))

    def grant(self, session, grant):
        """The reports about one grant."""
        yield session.reports(wire.started(grant.attempt))
        if grant.HasField("materialize"):
            assets = [output.version.asset for output in grant.materialize.outputs]
            yield session.reports(wire.staged(grant.attempt, assets))
            for output in grant.materialize.outputs:
                yield session.reports(self.passes(grant.attempt, output.version.asset, output.checks))
        else:
            for target in grant.check.targets:
                yield session.reports(self.passes(grant.attempt, target.version.version.asset, target.checks))
        yield session.reports(wire.finished(grant.attempt))

    @staticmethod
    def passes(attempt, asset, checks):
        return wire.checked(
            attempt, asset,
            [execution.CheckEvaluation(check=check, severity=wire.manifest.SEVERITY_BLOCK, outcome=wire.PASSED)
             for check in checks])

    def preview(self, request):
        """What `Preview` answers."""
        yield location.PreviewResponse(columns=["column"])


class Reader(Host):
    """An honest team that reads what the hostile one makes, and tells what it was granted."""

    name = "reader"

    def __init__(self, steps):
        super().__init__()
        self._steps = steps

    def steps(self):
        return self._steps

    def grant(self, session, grant):
        for target in grant.materialize.inputs:
            for pinned in target.versions:
                tell("read", asset=pinned.version.asset, partition=pinned.version.partition, number=pinned.version.number,
                     uri=pinned.locator.uri)
        yield from super().grant(session, grant)


def encode(message):
    return message if isinstance(message, bytes) else message.SerializeToString()


def serve(host, address, options=(), compression=None):
    """Serves a location on a socket that only its owner may open."""
    count = [0]

    def describe(request, context):
        tell("described", location=host.name)
        yield from host.describe()

    def session(requests, context):
        count[0] += 1
        if host.name != Reader.name:
            tell("session", location=host.name, number=count[0])
        host.context = context
        yield from host.session(Session(requests, host))

    def preview(request, context):
        tell("previewed")
        host.context = context
        yield from host.preview(request)

    handlers = {
        "Describe": grpc.unary_stream_rpc_method_handler(describe, location.DescribeRequest.FromString, encode),
        "Session": grpc.stream_stream_rpc_method_handler(session, location.SessionRequest.FromString, encode),
        "Preview": grpc.unary_stream_rpc_method_handler(preview, location.PreviewRequest.FromString, encode),
    }
    server = grpc.server(
        concurrent.futures.ThreadPoolExecutor(32), compression=compression,
        options=[("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1), *options])
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
    server.add_insecure_port(f"unix:{address}")
    server.start()
    os.chmod(address, 0o600)
    return server


def main():
    import attacks

    attack, home, options = attacks.named(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
    servers = []
    for copy in range(attack.copies):
        host = attack(copy)
        host.options, host.home = options, home
        if copy == 0 and host.reads():
            servers.append(serve(Reader(host.reads()), os.path.join(home, "reader.sock")))
        servers.append(host.listen(os.path.join(home, f"{host.name}.sock")))
    tell("listening")
    threading.Event().wait()


if __name__ == "__main__":
    # The attacks import this module under its own name: there must be one of it.
    sys.modules["server"] = sys.modules["__main__"]
    main()
