"""Asks a Replier about dishes, one at a time: req.py ENDPOINT COUNT"""

import sys

import msgpack
import zmq

endpoint, count = sys.argv[1], int(sys.argv[2])
req = zmq.Context().socket(zmq.REQ)
req.connect(endpoint)
for number in range(count):
    req.send(msgpack.packb({"id": number, "name": "plate", "wet": True}))
    payload, *headers = req.recv_multipart()
    if headers:  # the dish could not be dried, and this says why
        error = msgpack.unpackb(headers[0])["error"]
        print(error["code"], error["message"])
    else:
        print(msgpack.unpackb(payload, timestamp=3))
