"""Dries the dishes of a Requester: rep.py ENDPOINT"""

import sys

import msgpack
import zmq

rep = zmq.Context().socket(zmq.REP)
rep.bind(sys.argv[1])
print(rep.getsockopt_string(zmq.LAST_ENDPOINT), flush=True)
while True:
    payload, *headers = rep.recv_multipart()
    dish = msgpack.unpackb(payload, timestamp=3) if payload else None
    if isinstance(dish, dict):
        rep.send(msgpack.packb({**dish, "wet": False}, datetime=True))
    else:  # the end of a requester: its name or nothing, to be answered all the same
        rep.send(b"")
