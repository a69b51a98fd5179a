# SPDX-License-Identifier: Apache-2.0
"""A stock gRPC client drives a real location. Usage: test_location.py EXECUTABLE [unittest arguments]"""

import os
import socket
import struct
import subprocess
import sys
import time
import unittest

from location import (
    PATIENCE, Answer, Server, Session, attempt, execution, grant, grpc, location, manifest_pb2, version)
import health_pb2

EXECUTABLE = sys.argv.pop(1)


class LocationTest(unittest.TestCase):
    options = {}

    def setUp(self):
        self.server = Server(EXECUTABLE, **self.options)
        self.addCleanup(self.server.close)

    def session(self, epoch=1):
        """A new session, its status taken."""
        session = Session(self.server, epoch)
        self.assertFalse(session.wait_opened().resumed)
        status = session.status()
        self.addCleanup(session.break_off)
        return session, status

    def resume(self, session, opened, received=None):
        count = session.received if received is None else received
        return Session(
            self.server,
            resume=location.SessionRequest.Resume(instance=opened.instance, session=opened.session, received=count))


class DescribeTests(LocationTest):
    def test_the_manifest_arrives_with_its_digest(self):
        manifest = self.server.manifest()
        self.assertEqual(manifest.location, "fixture")
        steps = {step.name: step for step in manifest.steps}
        self.assertEqual(
            [check.name for check in steps["fixture/checked"].outputs[0].checks], ["even", "small"])
        self.assertEqual(steps["fixture/checked"].outputs[0].checks[1].severity, manifest_pb2.SEVERITY_WARN)
        self.assertTrue(steps["fixture/daily"].partitions.HasField("daily"))

    def test_the_greeting_names_the_address_and_the_digest(self):
        self.assertIn(self.server.digest, self.server.greeting)
        self.assertIn("4 slots", self.server.greeting)


class GrantTests(LocationTest):
    def test_a_grant_is_run_checked_and_settled(self):
        session, status = self.session()
        self.assertEqual(len(status.attempts), 0)
        session.command(grant=grant(self.server, 1, "fixture/checked", ["even", "small", "unheard of"]))
        session.report("started")
        staged = session.report("staged").outputs[0]
        self.assertEqual(staged.asset, "fixture/checked")
        self.assertIn(self.server.folder.name, staged.locator.uri)
        checked = session.report("checked")
        outcomes = {evaluation.check.name: evaluation for evaluation in checked.evaluations}
        self.assertEqual(outcomes["even"].outcome, execution.CheckEvaluation.OUTCOME_FAILED)
        self.assertEqual(outcomes["even"].severity, manifest_pb2.SEVERITY_BLOCK)
        self.assertIn("3", outcomes["even"].message)
        self.assertEqual(outcomes["small"].outcome, execution.CheckEvaluation.OUTCOME_PASSED)
        self.assertNotIn("unheard of", outcomes)
        self.assertTrue(session.report("finished").HasField("completed"))
        session.acknowledge()
        session.command(
            settle=execution.Settlement(
                version=version("fixture/checked", 1), decision=execution.Settlement.DECISION_REJECT, locator=staged.locator))
        settled = session.next().settled
        self.assertEqual(settled.version, version("fixture/checked", 1))
        self.assertFalse(settled.HasField("error"))

    def test_a_partition_is_run(self):
        session, _ = self.session()
        session.command(grant=grant(self.server, 1, "fixture/daily", partition="2013-01-02"))
        self.assertTrue(session.finish()["finished"][0].HasField("completed"))

    def test_a_closure_that_throws_ends_only_its_step(self):
        session, _ = self.session()
        session.command(grant=grant(self.server, 1, "fixture/failing"))
        session.command(grant=grant(self.server, 2, "fixture/quick"))
        ends = {}
        while len(ends) < 2:
            event = session.next()
            if event.report.HasField("finished"):
                ends[event.report.attempt.number] = event.report.finished
        self.assertEqual(ends[1].failed.kind, execution.StepReport.Failure.KIND_THREW)
        self.assertIn("on purpose", ends[1].failed.message)
        self.assertTrue(ends[2].HasField("completed"))

    def test_lines_that_a_step_logs_arrive(self):
        session, _ = self.session()
        session.command(grant=grant(self.server, 1, "fixture/noisy"))
        lines = [line.message for part in session.finish()["logged"] for line in part.lines]
        self.assertIn("line 99", lines)

    def test_a_trace_reaches_the_step(self):
        session, _ = self.session()
        traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-b7ad6b7169203331-01"
        traced = grant(self.server, 1, "fixture/traced")
        traced.trace.traceparent = traceparent
        traced.trace.tracestate = "vendor=1"
        traced.trace.parent_id = "00f067aa0ba902b7"
        session.command(grant=traced)
        lines = [line.message for part in session.finish()["logged"] for line in part.lines]
        self.assertEqual(lines, [f"traceparent: {traceparent}", "tracestate: vendor=1"])
        session.command(grant=grant(self.server, 2, "fixture/traced"))
        self.assertNotIn("logged", session.finish())

    def test_a_stale_manifest_and_a_stale_epoch_are_refused(self):
        session, _ = self.session(epoch=5)
        session.command(grant=grant(self.server, 1, "fixture/quick", epoch=5, digest="sha256:0"))
        self.assertEqual(session.report("finished").refused, execution.StepReport.REFUSAL_STALE_MANIFEST)
        session.command(grant=grant(self.server, 2, "fixture/quick", epoch=4))
        self.assertEqual(session.report("finished").refused, execution.StepReport.REFUSAL_STALE_EPOCH)

    def test_an_unknown_step_fails_for_good(self):
        session, _ = self.session()
        session.command(grant=grant(self.server, 1, "fixture/nothing"))
        failed = session.finish()["finished"][0].failed
        self.assertEqual(failed.kind, execution.StepReport.Failure.KIND_UNDEFINED)


class CancelTests(LocationTest):
    options = {"slots": 1}

    def test_a_cancelled_step_ends_cancelled_and_returns_its_slot(self):
        session, _ = self.session()
        session.command(grant=grant(self.server, 1, "fixture/slow"))
        session.report("started")
        session.command(grant=grant(self.server, 2, "fixture/quick"))
        self.assertEqual(session.report("finished").refused, execution.StepReport.REFUSAL_OVERLOADED)
        session.command(cancel=attempt(1))
        self.assertTrue(session.report("finished").HasField("cancelled"))
        session.command(grant=grant(self.server, 3, "fixture/quick"))
        self.assertTrue(session.finish()["finished"][0].HasField("completed"))

    def test_a_slow_step_ends_at_its_deadline(self):
        session, _ = self.session()
        session.command(grant=grant(self.server, 1, "fixture/slow", deadline=0.5))
        failed = session.finish()["finished"][0].failed
        self.assertEqual(failed.kind, execution.StepReport.Failure.KIND_TIMED_OUT)

    def test_a_hanging_closure_is_left_behind_at_its_deadline_and_its_slot_returned(self):
        session, _ = self.session()
        for number in (1, 2, 3):
            session.command(grant=grant(self.server, number, "fixture/hanging", deadline=0.5))
            failed = session.finish()["finished"][0].failed
            self.assertEqual(failed.kind, execution.StepReport.Failure.KIND_TIMED_OUT)
        session.command(grant=grant(self.server, 4, "fixture/quick"))
        self.assertTrue(session.finish()["finished"][0].HasField("completed"))


class SessionTests(LocationTest):
    def test_a_broken_session_resumes_and_repeats_nothing(self):
        session = Session(self.server)
        opened = session.wait_opened()
        session.status()
        session.command(grant=grant(self.server, 1, "fixture/gated"))
        session.report("started")
        session.break_off()
        self.server.open_gate()
        again = self.resume(session, opened)
        self.assertTrue(again.wait_opened().resumed)
        self.assertEqual(sorted(again.finish()), ["finished", "staged"])
        again.break_off()

    def test_what_was_not_received_is_sent_again(self):
        session = Session(self.server)
        opened = session.wait_opened()
        session.status()
        before = session.received
        session.command(grant=grant(self.server, 1, "fixture/quick"))
        session.finish()
        session.break_off()
        again = self.resume(session, opened, received=before)
        self.assertTrue(again.wait_opened().resumed)
        self.assertEqual(sorted(set(again.finish()) - {"logged"}), ["finished", "staged", "started"])
        again.break_off()

    def test_a_new_daemon_reconciles(self):
        session, _ = self.session(epoch=1)
        session.command(grant=grant(self.server, 1, "fixture/gated"))
        session.report("started")
        session.acknowledge()
        session.command(grant=grant(self.server, 2, "fixture/quick"))
        session.finish()
        session.break_off()

        again, status = self.session(epoch=2)
        known = {known.attempt.number: known for known in status.attempts}
        self.assertEqual(sorted(known), [1, 2])
        kinds = [report.WhichOneof("report") for report in known[2].reports]
        self.assertEqual([kind for kind in kinds if kind != "logged"], ["started", "staged", "finished"])
        self.assertIn(version("fixture/quick", 2), status.unsettled)

        # Granted again, the running attempt goes on: it neither starts anew nor is refused.
        again.command(grant=grant(self.server, 1, "fixture/gated", epoch=2))
        again.acknowledge()
        self.server.open_gate()
        self.assertEqual(sorted(again.finish()), ["finished", "staged"])
        again.acknowledge()

        again.command(
            settle=execution.Settlement(
                version=version("fixture/quick", 2), decision=execution.Settlement.DECISION_DISCARD))
        self.assertEqual(again.next().settled.decision, execution.Settlement.DECISION_DISCARD)
        again.acknowledge()
        _, last = self.session(epoch=3)
        self.assertEqual([known.attempt.number for known in last.attempts], [])
        self.assertNotIn(version("fixture/quick", 2), last.unsettled)

    def test_a_lower_epoch_is_refused(self):
        self.session(epoch=7)
        stale = Session(self.server, epoch=6)
        self.assertEqual(stale.end(), grpc.StatusCode.FAILED_PRECONDITION)
        self.assertIn("epoch 7", stale.error.details())

    def test_a_newer_stream_takes_over(self):
        old, _ = self.session()
        self.session()
        self.assertEqual(old.end(), grpc.StatusCode.ABORTED)

    def test_heartbeats_tell_capacity(self):
        session, _ = self.session()
        heartbeat = session.heartbeats.get(timeout=PATIENCE)
        self.assertEqual((heartbeat.slots, heartbeat.in_flight, heartbeat.draining), (4, 0, False))
        self.assertEqual(heartbeat.manifest_digest, self.server.digest)
        self.assertGreater(heartbeat.interval_us, 0)


class CredentialTests(LocationTest):
    def refused(self, call):
        with self.assertRaises(grpc.RpcError) as raised:
            list(call)
        return raised.exception.code()

    def test_a_call_without_a_proof_is_refused(self):
        stub = self.server.stub
        opening = location.SessionRequest(open=location.SessionRequest.Open(incarnation=1, epoch=2**64 - 1))
        calls = [
            stub.Describe(location.DescribeRequest(), timeout=PATIENCE), stub.Session(iter([opening]), timeout=PATIENCE),
            stub.Preview(location.PreviewRequest(), timeout=PATIENCE)]
        self.assertEqual([self.refused(call) for call in calls], [grpc.StatusCode.UNAUTHENTICATED] * 3)
        self.session(epoch=1)

    def test_a_proof_is_good_once(self):
        metadata = self.server.metadata("Describe")
        call = lambda: self.server.stub.Describe(location.DescribeRequest(), metadata=metadata, timeout=PATIENCE)  # noqa: E731
        self.assertTrue(list(call()))
        self.assertEqual(self.refused(call()), grpc.StatusCode.UNAUTHENTICATED)

    def test_a_grant_without_a_proof_is_not_run(self):
        session, _ = self.session()
        session.pack = lambda commands: location.SessionRequest(commands=commands)
        session.command(grant=grant(self.server, 1, "fixture/quick"))
        self.assertEqual(session.end(), grpc.StatusCode.UNAUTHENTICATED)
        again, status = self.session(epoch=2)
        self.assertEqual(len(status.attempts), 0)


class InsecureTests(LocationTest):
    options = {"insecure": True}

    def test_where_an_operator_says_so_nobody_proves_anything(self):
        session, _ = self.session()
        session.command(grant=grant(self.server, 1, "fixture/quick"))
        self.assertTrue(session.finish()["finished"][0].HasField("completed"))

    def test_the_highest_epoch_locks_nobody_out(self):
        self.assertEqual(Session(self.server, epoch=2**64 - 1).end(), grpc.StatusCode.FAILED_PRECONDITION)
        self.session(epoch=1)


class MalformedTests(LocationTest):
    def test_a_session_must_open_first(self):
        call = self.server.stub.Session(iter([location.SessionRequest()]), timeout=PATIENCE)
        with self.assertRaises(grpc.RpcError) as raised:
            next(call)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)

    def test_a_gap_in_the_count_ends_the_stream(self):
        session, _ = self.session()
        session.sent = 7
        session.command(cancel=attempt(1))
        self.assertEqual(session.end(), grpc.StatusCode.INVALID_ARGUMENT)

    def test_a_malformed_grant_fails_its_attempt_only(self):
        session, _ = self.session()
        broken = grant(self.server, 1, "fixture/quick")
        broken.ClearField("work")
        broken.ClearField("materialize")
        session.command(grant=broken)
        self.assertIn("work", session.report("finished").failed.message)
        session.command(grant=grant(self.server, 2, "fixture/quick"))
        self.assertTrue(session.finish()["finished"][0].HasField("completed"))

    def test_a_command_of_a_newer_version_is_left_alone(self):
        session, _ = self.session()
        session.sent += 1
        session.requests.put(
            session.pack(location.SessionRequest.Commands(first=session.sent, commands=[location.Command()])))
        session.command(grant=grant(self.server, 2, "fixture/quick"))
        self.assertTrue(session.finish()["finished"][0].HasField("completed"))

    def raw(self, data):
        call = self.server.channel.stream_stream("/sluice.location.v1.CodeLocation/Session")
        with self.assertRaises(grpc.RpcError) as raised:
            next(call(iter([data]), timeout=PATIENCE))
        return raised.exception.code()

    def test_bytes_that_are_no_message_are_refused(self):
        self.assertIn(self.raw(b"\xff" * 64), (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL))
        self.still_serves()

    def test_an_oversized_message_is_refused(self):
        self.assertEqual(self.raw(b"\x00" * (17 << 20)), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.still_serves()

    def test_an_unknown_method_is_unimplemented(self):
        call = self.server.channel.unary_unary("/sluice.location.v1.CodeLocation/Tick")
        with self.assertRaises(grpc.RpcError) as raised:
            call(b"", timeout=PATIENCE)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.UNIMPLEMENTED)

    def still_serves(self):
        self.assertEqual(self.server.manifest().location, "fixture")


class PreviewTests(LocationTest):
    def test_some_rows_of_a_version_are_shown(self):
        session, _ = self.session()
        session.command(grant=grant(self.server, 1, "fixture/checked"))
        staged = session.finish()["staged"][0].outputs[0]
        pinned = execution.PinnedVersion(version=version("fixture/checked", 1), locator=staged.locator)
        parts = self.server.preview(location.PreviewRequest(version=pinned, limit=2))
        self.assertEqual(list(parts[0].columns), ["name", "number"])
        self.assertEqual([list(row.cells) for part in parts for row in part.rows], [["a", "2"], ["b", "3"]])
        self.assertTrue(parts[-1].truncated)

    def test_a_version_that_is_not_there_is_an_error(self):
        locator = {"scheme": "file", "uri": "/nowhere/data.jsonl", "format": "jsonl/1"}
        pinned = execution.PinnedVersion(version=version("fixture/checked", 9), locator=locator)
        with self.assertRaises(grpc.RpcError) as raised:
            self.server.preview(location.PreviewRequest(version=pinned))
        self.assertEqual(raised.exception.code(), grpc.StatusCode.FAILED_PRECONDITION)


class StrangerTests(LocationTest):
    """Whoever reaches the port, and has no secret."""

    @staticmethod
    def frame(kind, flags=0, stream=0, payload=b""):
        return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload

    def half_a_message(self, stream):
        """A call of the session, and half of its first message, which is to have 16 MB."""
        def field(text):
            return bytes([len(text)]) + text
        path = field(b"/sluice.location.v1.CodeLocation/Session")
        headers = b"\x83\x86\x04" + path + b"\x01" + field(b"x") + b"\x00" + field(b"content-type") + field(b"application/grpc")
        headers += b"\x00" + field(b"te") + field(b"trailers")
        data = self.frame(0, 0, stream, b"\x00" * 16_000)
        return self.frame(1, 4, stream, headers) + self.frame(0, 0, stream, b"\x00\x01\x00\x00\x00") + data * 500

    def memory(self):
        with open(f"/proc/{self.server.process.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) >> 10

    def connect(self):
        host, port = self.server.address.rsplit(":", 1)
        connection = socket.create_connection((host, int(port)), timeout=PATIENCE)
        self.addCleanup(connection.close)
        return connection

    def test_connections_and_half_messages_keep_nobody_out(self):
        before = self.memory()
        session, _ = self.session()
        # More than there may be, each silent.
        for _ in range(400):
            self.connect()
        # And some that say as much as they can.
        for _ in range(20):
            connection = self.connect()
            try:
                connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + self.frame(4))
                for stream in range(1, 20, 2):
                    connection.sendall(self.half_a_message(stream))
                self.fail("80 MB of calls that proved nothing were taken")
            except OSError:
                pass
        session.command(grant=grant(self.server, 1, "fixture/quick"))
        self.assertTrue(session.finish()["finished"][0].HasField("completed"))
        with grpc.insecure_channel(self.server.address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
            stub = type(self.server.stub)(channel)
            header = next(iter(stub.Describe(
                location.DescribeRequest(), metadata=Answer(stub, self.server.secret).metadata("Describe"), timeout=PATIENCE))).header
            self.assertEqual(header.digest, self.server.digest)
        self.assertLess(self.memory() - before, 200)


class HealthTests(LocationTest):
    def check(self, service):
        return self.server.health.Check(health_pb2.HealthCheckRequest(service=service), timeout=PATIENCE).status

    def test_the_server_and_the_service_are_serving(self):
        self.assertEqual(self.check(""), health_pb2.HealthCheckResponse.SERVING)
        self.assertEqual(self.check("sluice.location.v1.CodeLocation"), health_pb2.HealthCheckResponse.SERVING)

    def test_an_unknown_service_is_not_found(self):
        with self.assertRaises(grpc.RpcError) as raised:
            self.check("nobody")
        self.assertEqual(raised.exception.code(), grpc.StatusCode.NOT_FOUND)
        watch = self.server.health.Watch(health_pb2.HealthCheckRequest(service="nobody"), timeout=PATIENCE)
        self.assertEqual(next(watch).status, health_pb2.HealthCheckResponse.SERVICE_UNKNOWN)
        watch.cancel()

    def test_a_watch_is_told_when_the_server_drains(self):
        session, _ = self.session()
        session.command(grant=grant(self.server, 1, "fixture/gated"))
        session.report("started")
        watch = self.server.health.Watch(health_pb2.HealthCheckRequest(), timeout=PATIENCE)
        self.assertEqual(next(watch).status, health_pb2.HealthCheckResponse.SERVING)
        self.server.terminate()
        self.assertEqual(next(watch).status, health_pb2.HealthCheckResponse.NOT_SERVING)
        self.server.open_gate()


class HealthCommandTests(LocationTest):
    """What a container's health check runs: the executable asks a server of its own kind."""

    def ask(self, *arguments):
        ended = subprocess.run(
            [EXECUTABLE, "health", *arguments], capture_output=True, text=True, timeout=PATIENCE,
            env=self.server.environment)
        return ended.returncode, ended.stdout + ended.stderr

    def port(self):
        return self.server.address.split(":")[1]

    def test_a_server_that_serves_is_healthy(self):
        code, said = self.ask("--port", self.port())
        self.assertEqual((code, said), (0, f"fixture serves at {self.server.address}\n"))

    def test_a_server_that_drains_is_not(self):
        session, _ = self.session()
        session.command(grant=grant(self.server, 1, "fixture/gated"))
        session.report("started")
        self.server.terminate()
        self.assertTrue(session.next().HasField("draining"))
        code, said = self.ask("--port", self.port())
        self.assertEqual((code, said), (1, f"fixture: the server at {self.server.address} takes no new steps: it drains\n"))
        self.server.open_gate()

    def test_who_never_answers_is_not(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            code, said = self.ask("--port", str(silent.getsockname()[1]))
        self.assertEqual(code, 1)
        self.assertIn("does not answer within 3.0 seconds", said)

    def test_nobody_is_not(self):
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        code, said = self.ask("--port", str(port))
        self.assertEqual(code, 1)
        self.assertIn(f"no server of a location answers at 127.0.0.1:{port}", said)


class HealthCommandSocketTests(LocationTest):
    options = {"socket": True}

    def test_a_server_that_serves_is_healthy(self):
        code, said = HealthCommandTests.ask(self, "--socket", self.server.socket)
        self.assertEqual((code, said), (0, f"fixture serves at unix:{self.server.socket}\n"))


class DrainTests(LocationTest):
    options = {"grace": 15}

    def test_steps_in_flight_finish_and_new_grants_are_refused(self):
        session, _ = self.session()
        session.command(grant=grant(self.server, 1, "fixture/gated"))
        session.report("started")
        self.server.terminate()
        self.assertTrue(session.next().HasField("draining"))
        session.command(grant=grant(self.server, 2, "fixture/quick"))
        self.assertEqual(session.report("finished").refused, execution.StepReport.REFUSAL_DRAINING)
        self.server.open_gate()
        self.assertTrue(session.finish()["finished"][0].HasField("completed"))
        session.acknowledge()
        self.assertEqual(self.server.wait(), 0)
        self.assertEqual(session.end(), grpc.StatusCode.UNAVAILABLE)


class ImpatientDrainTests(LocationTest):
    options = {"grace": 0.5}

    def test_steps_that_outlast_the_grace_period_are_cancelled(self):
        session, _ = self.session()
        session.command(grant=grant(self.server, 1, "fixture/slow"))
        session.report("started")
        self.server.terminate()
        self.assertTrue(session.next().HasField("draining"))
        self.assertTrue(session.finish()["finished"][0].HasField("cancelled"))
        session.acknowledge()
        self.assertEqual(self.server.wait(), 0)

    def test_a_hanging_closure_does_not_keep_the_process(self):
        session, _ = self.session()
        session.command(grant=grant(self.server, 1, "fixture/hanging"))
        session.report("started")
        began = time.monotonic()
        self.server.terminate()
        self.assertEqual(self.server.wait(), 0)
        self.assertLess(time.monotonic() - began, PATIENCE)


class SocketTests(LocationTest):
    options = {"socket": True}

    def test_a_socket_that_a_killed_server_left_behind_is_no_obstacle(self):
        self.server.process.kill()
        self.server.process.wait()
        self.assertTrue(os.path.exists(self.server.socket))
        self.server.start()
        self.assertIn("listening", self.server.greeting)

    def test_a_unix_socket_serves_as_well(self):
        self.assertTrue(os.path.exists(self.server.socket))
        session, _ = self.session()
        session.command(grant=grant(self.server, 1, "fixture/quick"))
        self.assertTrue(session.finish()["finished"][0].HasField("completed"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
