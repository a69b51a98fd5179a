# SPDX-License-Identifier: Apache-2.0
"""Drives a code location as a daemon does, with a stock gRPC client."""

import hashlib
import hmac
import os
import queue
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, ".build-python", "stubs"), os.path.join(ROOT, ".build-python", "stubs", "health")]

import grpc  # noqa: E402
import health_pb2_grpc  # noqa: E402
from sluice.location.v1 import execution_pb2 as execution  # noqa: E402,F401
from sluice.location.v1 import identifiers_pb2 as identifiers  # noqa: E402
from sluice.location.v1 import location_pb2 as location  # noqa: E402
from sluice.location.v1 import location_pb2_grpc, manifest_pb2  # noqa: E402

# How long anything may take before a test fails.
PATIENCE = 20
INCARNATION = 0x8F3A12BC


def code(key, *parts):
    """The HMAC of a list of parts, each preceded by its length; an integer is a part of 8 bytes."""
    data = b""
    for part in parts:
        if isinstance(part, int):
            part = struct.pack(">Q", part)
        elif isinstance(part, str):
            part = part.encode()
        data += struct.pack(">Q", len(part)) + part
    return hmac.new(key, data, hashlib.sha256).digest()


class Answer:
    """A challenge that the location has answered with the proof of its own: what proves one call, and seals its commands."""

    def __init__(self, stub, secret, name="fixture"):
        self.secret = secret
        client = os.urandom(32)
        response = stub.Challenge(location.ChallengeRequest(client_nonce=client), timeout=PATIENCE)
        self.nonces = (name, client, response.server_nonce)
        expected = code(secret, "sluice.location.v1 server", *self.nonces)
        assert hmac.compare_digest(response.proof, expected), "the location does not hold the secret"

    def metadata(self, method, *covered):
        proof = code(self.secret, "sluice.location.v1 client", *self.nonces, method, *covered)
        return [("sluice-proof-bin", self.nonces[1] + self.nonces[2] + proof)]

    def seal(self, incarnation, epoch):
        """What turns commands into a message of the session that this answer opens."""
        key = code(self.secret, "sluice.location.v1 session", *self.nonces, incarnation, epoch)

        def sealed(commands):
            data = commands.SerializeToString()
            proof = code(key, "sluice.location.v1 commands", data)
            return location.SessionRequest(sealed=location.SessionRequest.Sealed(commands=data, proof=proof))

        return sealed


class Server:
    """A location's process, with storage and a gate of its own; on a port it has a secret, unless it is insecure."""

    def __init__(self, executable, *arguments, slots=4, grace=10, socket=False, insecure=False):
        self.folder = tempfile.TemporaryDirectory()
        self.gate = os.path.join(self.folder.name, "gate")
        self.socket = os.path.join(self.folder.name, "socket")
        where = ["--socket", self.socket] if socket else ["--port", "0"]
        self.environment = dict(
            os.environ, SLUICE_STORAGE=os.path.join(self.folder.name, "storage"), FIXTURE_GATE=self.gate,
            SWIFT_BACKTRACE="enable=no")
        self.secret = None
        if insecure:
            where.append("--insecure")
        elif not socket:
            self.secret = os.urandom(32).hex().encode()
            path = os.path.join(self.folder.name, "secret")
            with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.write(self.secret)
            where += ["--secret-file", path]
        self.command = [executable, "serve", *where, "--slots", str(slots), "--grace", str(grace), *arguments]
        self.process = None
        self.start()
        self.address = self.greeting.split(" listening on ")[1].split(" ")[0]
        self.channel = grpc.insecure_channel(self.address)
        self.stub = location_pb2_grpc.CodeLocationStub(self.channel)
        self.health = health_pb2_grpc.HealthStub(self.channel)
        self.digest = self.describe()[0].digest

    def start(self):
        """Starts the process, and waits until it listens."""
        if self.process:
            self.process.stdout.close()
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=self.environment)
        self.greeting = self.process.stdout.readline()
        assert " listening on " in self.greeting, self.greeting

    def answer(self):
        return Answer(self.stub, self.secret) if self.secret else None

    def metadata(self, method, *covered):
        """What proves a call, where the location asks for it."""
        return self.answer().metadata(method, *covered) if self.secret else None

    def preview(self, request):
        version, locator = request.version.version, request.version.locator
        metadata = self.metadata(
            "Preview", version.incarnation, version.asset, version.partition, version.number, locator.scheme, locator.uri,
            locator.format, locator.size if locator.HasField("size") else b"", locator.content_hash, request.limit)
        return list(self.stub.Preview(request, metadata=metadata, timeout=PATIENCE))

    def describe(self):
        """The header, and the manifest's bytes."""
        header, data = None, b""
        for part in self.stub.Describe(
                location.DescribeRequest(), metadata=self.metadata("Describe"), timeout=PATIENCE):
            if part.HasField("header"):
                header = part.header
            else:
                data += part.chunk
        return header, data

    def manifest(self):
        header, data = self.describe()
        assert header.size == len(data)
        assert header.digest == "sha256:" + hashlib.sha256(data).hexdigest()
        return manifest_pb2.Manifest.FromString(data)

    def open_gate(self):
        open(self.gate, "w").close()

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self):
        return self.process.wait(timeout=PATIENCE)

    def close(self):
        self.channel.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.folder.cleanup()


class Session:
    """One stream of a session. Events are taken in order; heartbeats and acknowledgements are set aside."""

    def __init__(self, server, epoch=1, resume=None, incarnation=INCARNATION):
        self.requests = queue.Queue()
        self.events = queue.Queue()
        self.heartbeats = queue.Queue()
        self.error = None
        self.received = resume.received if resume else 0
        self.sent = 0
        opening = location.SessionRequest.Open(incarnation=incarnation, epoch=epoch)
        if resume:
            opening.resume.CopyFrom(resume)
        self.requests.put(location.SessionRequest(open=opening))
        answer = server.answer()
        self.pack = lambda commands: location.SessionRequest(commands=commands)
        if answer:
            self.pack = answer.seal(incarnation, epoch)
        self.call = server.stub.Session(
            iter(self.requests.get, None), metadata=answer and answer.metadata("Session", incarnation, epoch))
        self.opened = queue.Queue()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        try:
            for response in self.call:
                kind = response.WhichOneof("body")
                if kind == "opened":
                    self.sent = response.acknowledged
                    self.opened.put(response.opened)
                elif kind == "heartbeat":
                    self.heartbeats.put(response.heartbeat)
                elif kind == "events":
                    for index, event in enumerate(response.events.events):
                        number = response.events.first + index
                        assert number <= self.received + 1, "a gap"
                        if number > self.received:
                            self.received = number
                            self.events.put(event)
        except grpc.RpcError as error:
            self.error = error
        finally:
            self.opened.put(None)
            self.events.put(None)

    def wait_opened(self):
        return self.opened.get(timeout=PATIENCE)

    def status(self):
        """The whole status with which a new session opens."""
        whole = location.Event.Status()
        while not whole.last:
            event = self.next()
            assert event.HasField("status"), event
            whole.MergeFrom(event.status)
        return whole

    def next(self):
        return self.events.get(timeout=PATIENCE)

    def command(self, **command):
        self.sent += 1
        self.requests.put(
            self.pack(location.SessionRequest.Commands(first=self.sent, commands=[location.Command(**command)])))

    def acknowledge(self):
        self.requests.put(location.SessionRequest(acknowledged=self.received))

    def report(self, kind):
        """The next report, logs left out, which must be of a kind."""
        while True:
            event = self.next()
            assert event is not None, f"the session ended: {self.error}"
            if event.HasField("report") and event.report.HasField("logged") and kind != "logged":
                continue
            assert event.HasField("report"), event
            assert event.report.HasField(kind), event.report
            return getattr(event.report, kind)

    def finish(self):
        """The reports up to the last, by kind."""
        kinds = {}
        while True:
            event = self.next()
            assert event is not None, f"the session ended: {self.error}"
            if not event.HasField("report"):
                continue
            kind = event.report.WhichOneof("report")
            kinds.setdefault(kind, []).append(getattr(event.report, kind))
            if kind == "finished":
                return kinds

    def break_off(self):
        """Ends the stream as a cut connection does."""
        self.call.cancel()
        self.reader.join(timeout=PATIENCE)

    def end(self):
        """Waits until the location has ended the stream; its status code."""
        self.reader.join(timeout=PATIENCE)
        return self.error.code() if self.error else None


def attempt(number, incarnation=INCARNATION):
    return identifiers.AttemptId(incarnation=incarnation, run=1, step=0, number=number)


def version(asset, number, partition="", incarnation=INCARNATION):
    return identifiers.VersionId(incarnation=incarnation, asset=asset, partition=partition, number=number)


def grant(server, number, asset, checks=(), partition="", epoch=1, deadline=600.0, digest=None):
    """A grant for attempt and version `number` of an asset."""
    return execution.Grant(
        attempt=attempt(number), epoch=epoch, manifest_digest=digest or server.digest, step=asset, partition=partition,
        deadline_us=int((time.time() + deadline) * 1_000_000),
        materialize=execution.Grant.Materialize(
            outputs=[
                execution.Grant.Output(
                    version=version(asset, number, partition), checks=[identifiers.CheckId(name=name) for name in checks])
            ]))
