"""Pushes dishes to a Puller: push.py ENDPOINT COUNT"""

import sys
import time

import msgpack
import zmq

endpoint, count = sys.argv[1], int(sys.argv[2])
context = zmq.Context()
push = context.socket(zmq.PUSH)
push.connect(endpoint)
for number in range(count):
    push.send(msgpack.packb({"id": number, "name": "plate", "washedAt": time.time_ns() // 1_000_000}))
push.send(b"")  # the end of this sender's stream
push.close()
context.term()  # waits until all is sent
