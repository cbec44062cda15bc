"""Prints the dishes of a Pusher that sends one a frame: pull.py ENDPOINT"""

import sys

import msgpack
import zmq

pull = zmq.Context().socket(zmq.PULL)
pull.connect(sys.argv[1])
while True:
    payload, *headers = pull.recv_multipart()
    if not payload:  # the end of the sender's stream
        break
    print(msgpack.unpackb(payload, timestamp=3))
