"""One way with pyzmq and msgpack, one message a frame: pyzmq.py receive|send ENDPOINT MESSAGES."""
import json, resource, sys, time

import msgpack
import zmq

role, endpoint, messages = sys.argv[1], sys.argv[2], int(sys.argv[3])
values = json.loads(sys.stdin.readline())
socket = zmq.Context().socket(zmq.PULL if role == "receive" else zmq.PUSH)
if role == "receive":
    socket.bind(endpoint)
    print(socket.last_endpoint.decode(), flush=True)
    for _ in range(messages):
        msgpack.unpackb(socket.recv())
else:
    socket.connect(endpoint)
    print("connected", flush=True)
    sys.stdin.readline()
    for n in range(messages):
        socket.send(msgpack.packb(values[n & 1023]))
    socket.close()
    socket.context.term()
usage = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"cpuMs": (usage.ru_utime + usage.ru_stime) * 1000}), flush=True)
