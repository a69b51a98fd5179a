# SPDX-License-Identifier: Apache-2.0
"""A hostile HTTP client: asks the same questions again and again, on many connections at once, until it is ended.

    python flood.py PORT CONNECTIONS '[["/v1/assets", null], ["/v1/runs", {"selection": "*"}]]' [leave]

With `leave` it waits for no answer: it asks, closes, and asks again.

A process of its own, so that it takes none of the time of who measures.
"""

import http.client
import json
import sys
import threading
import time


def ask(port, path, body, take):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        if body is None:
            connection.request("GET", path)
        else:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        take(connection)
    except (OSError, http.client.HTTPException):
        time.sleep(0.1)
    finally:
        connection.close()


def read(connection):
    response = connection.getresponse()
    while response.read(1 << 20):
        pass


def flood(port, path, body):
    while True:
        ask(port, path, body, read)


def leave(port, path, body):
    while True:
        ask(port, path, body, lambda connection: None)
        time.sleep(0.02)


def main():
    port, connections, questions = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
    target = leave if sys.argv[4:] == ["leave"] else flood
    for number in range(connections):
        threading.Thread(target=target, args=(port, *questions[number % len(questions)]), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
