# SPDX-License-Identifier: Apache-2.0
"""What a peer can do below the messages: with HTTP/2, with compression, and with time."""

import gzip
import os
import socket
import struct
import threading
import time

import grpc
import wire
from attacks.attack import Attack
from server import serve, tell
from wire import MEGABYTE, location

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_HEADERS, ACKNOWLEDGEMENT = 4, 1
# What a gRPC response begins with, in HPACK without compression: ":status: 200" and the content type.
GRPC_HEADERS = b"\x88" + b"\x00\x0ccontent-type\x10application/grpc"


class GzipBomb(Attack):
    """Compresses everything that it sends, and sends 15 MB of zeros that are 15 kB on the wire, again and again."""

    kind = "transport"
    is_said = False

    def listen(self, address):
        return serve(self, address, compression=grpc.Compression.Gzip)

    def attack(self, session):
        while True:
            yield wire.field(999, b"\0" * 15 * MEGABYTE)


class OversizedMessages(Attack):
    """Sends messages of 17 MB, 256 MB, and describes itself in one of 100 MB."""

    kind = "transport"
    quick = True

    copies = 3

    def describe(self):
        self.next_turn()
        if self.turn % 3 == 0:
            yield wire.field(2, b"\0" * 100 * MEGABYTE)
        yield from super().describe()

    def attack(self, session):
        yield wire.field(999, b"\0" * (17 if self.turn % 2 else 256) * MEGABYTE)


class LongTrailers(Attack):
    """Ends its calls with error messages and trailers of a megabyte."""

    kind = "transport"

    def session(self, session):
        yield session.opened()
        self.context.set_trailing_metadata([(f"x-{number}", "t" * 10_000) for number in range(100)])
        self.context.abort(grpc.StatusCode.INTERNAL, "e" * MEGABYTE)


class LongHeaders(Attack):
    """Begins its calls with headers of a megabyte."""

    kind = "transport"

    def session(self, session):
        self.context.send_initial_metadata([(f"x-{number}", "h" * 10_000) for number in range(100)])
        yield session.opened()


class OddStatuses(Attack):
    """Ends calls with every status that there is, at once, after a while, and with text that is no text."""

    kind = "transport"
    is_said = False

    copies = 8

    def session(self, session):
        self.next_turn()
        if self.turn % 2:
            yield session.opened()
        codes = [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK]
        self.context.abort(codes[self.turn % len(codes)], "%%%\x00\x7f\u202e%zz")


class SilentCalls(Attack):
    """Takes calls and never answers any."""

    kind = "transport"
    is_said = False

    def describe(self):
        tell("silent")
        threading.Event().wait()
        yield b""

    def session(self, session):
        threading.Event().wait()
        yield b""


class SlowDescription(Attack):
    """Describes itself one byte at a time, a few bytes a second."""

    kind = "transport"
    is_said = False

    def describe(self):
        header = location.DescribeResponse.Header(instance="a", digest="sha256:0", size=MEGABYTE)
        yield location.DescribeResponse(header=header)
        while True:
            time.sleep(0.2)
            yield location.DescribeResponse(chunk=b"x")


# ---------------------------------------------------------------- HTTP/2 by hand


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


class _Frames(Attack):
    """Speaks HTTP/2 frame by frame, as no library would let it."""

    kind = "transport"
    # Below the messages there is nobody to be told: the location is one that does not answer.
    is_said = False

    def listen(self, address):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(address)
        os.chmod(address, 0o600)
        listener.listen(16)
        threading.Thread(target=self.accept, args=(listener,), daemon=True).start()
        return listener

    def accept(self, listener):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self.hold, args=(connection,), daemon=True).start()

    def hold(self, connection):
        tell("described")
        tell("session")
        threading.Thread(target=self.drain, args=(connection,), daemon=True).start()
        try:
            self.greet(connection)
            for data in self.frames():
                connection.sendall(data)
            threading.Event().wait(2)
        except OSError:
            pass
        finally:
            connection.close()

    @staticmethod
    def drain(connection):
        try:
            while connection.recv(65_536):
                pass
        except OSError:
            pass

    def greet(self, connection):
        connection.sendall(frame(SETTINGS) + frame(SETTINGS, ACKNOWLEDGEMENT))

    def frames(self):
        """What is sent after the greeting."""
        return iter(())

    @staticmethod
    def for_ever(data, bundle=200):
        many = data * bundle
        while True:
            yield many


class PingFlood(_Frames):
    """Pings, as fast as it can: each must be answered."""

    quick = True

    def frames(self):
        return self.for_ever(frame(PING, payload=b"\0" * 8))


class SettingsFlood(_Frames):
    """Changes its settings, as fast as it can: each must be acknowledged."""

    def frames(self):
        settings = struct.pack(">HI", 4, 65_535) + struct.pack(">HI", 1, 0)
        return self.for_ever(frame(SETTINGS, payload=settings))


class ManySettings(_Frames):
    """Sends settings of 16 kB each, every one of them another value of the same."""

    def frames(self):
        settings = b"".join(struct.pack(">HI", 4, value) for value in range(2_700))
        return self.for_ever(frame(SETTINGS, payload=settings), 4)


class WindowFlood(_Frames):
    """Opens the connection's window by one byte at a time, and beyond what it may be."""

    def frames(self):
        yield frame(WINDOW_UPDATE, payload=struct.pack(">I", 1)) * 1_000_000
        yield frame(WINDOW_UPDATE, payload=struct.pack(">I", 0x7FFFFFFF)) * 10


class ContinuationFlood(_Frames):
    """Answers a call with headers that never end, in continuation frames."""

    def frames(self):
        yield frame(HEADERS, 0, 1, GRPC_HEADERS)
        header = b"\x00\x03x-a" + b"\x7f\x81\x1f" + b"v" * 4_096
        yield from self.for_ever(frame(CONTINUATION, 0, 1, header), 16)


class EmptyDataFlood(_Frames):
    """Answers a call with frames of data without data, as fast as it can."""

    def frames(self):
        yield frame(HEADERS, END_HEADERS, 1, GRPC_HEADERS)
        yield from self.for_ever(frame(DATA, 0, 1))


class CompressedBomb(_Frames):
    """Answers a call with one compressed message of 4 GB of zeros, whether or not compression was agreed on."""

    quick = True

    def frames(self):
        bomb = gzip.compress(b"\0" * 16 * MEGABYTE) * 16
        headers = GRPC_HEADERS + b"\x00\x0dgrpc-encoding\x04gzip"
        yield frame(HEADERS, END_HEADERS, 1, headers)
        message = b"\x01" + struct.pack(">I", len(bomb)) + bomb
        for start in range(0, min(len(message), 60_000), 16_000):
            yield frame(DATA, 0, 1, message[start:start + 16_000])


class LongMessageSlowly(_Frames):
    """Announces a message of 4 GB, and sends one byte of it at a time."""

    def frames(self):
        yield frame(HEADERS, END_HEADERS, 1, GRPC_HEADERS)
        yield frame(DATA, 0, 1, b"\x00" + struct.pack(">I", 0xFFFFFFFF))
        while True:
            time.sleep(0.01)
            yield frame(DATA, 0, 1, b"\0")


class ResetsInALoop(_Frames):
    """Refuses every call and says that the connection goes away, at once, each time."""

    def frames(self):
        yield frame(RST_STREAM, 0, 1, struct.pack(">I", 7))
        yield frame(GOAWAY, payload=struct.pack(">II", 0, 0) + b"g" * 16_000)


class NoHTTP(_Frames):
    """Answers with bytes that are no HTTP/2, as fast as it can."""

    def greet(self, connection):
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    def frames(self):
        return self.for_ever(b"\xff" * 1_000)


class DeadConnections(_Frames):
    """Accepts connections, and says nothing on them."""

    def greet(self, connection):
        pass
