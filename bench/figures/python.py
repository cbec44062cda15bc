"""One side of a measurement: ``python.py ROLE [ENDPOINT] COUNT``, where a role is produce, consume, push or pull."""

import sys
import time

import msgpack
import zmq
from sluice import Consumer, Producer


def dish(n):
    """Seventy-five octets in msgpack: the shape object-75 of bench/shapes.ts."""
    return {"id": n + 1_000_000, "kind": "salad", "weight": n * 0.5 + 0.25, "clean": True, "by": "washer", "tags": ["kitchen", "evening"]}


def bound(endpoint):
    print(endpoint, flush=True)


def rate(count, seconds):
    print(count / seconds, flush=True)


def produce(endpoint, count):
    with Producer(connect=endpoint, drain_timeout_ms=600_000) as producer:
        for at in range(count):
            producer.send(dish(at))
        producer.drain(600_000)


def consume(count):
    with Consumer(bind="tcp://127.0.0.1:*", senders=1) as consumer:
        bound(consumer.endpoints[0])
        taken, started = 0, 0.0
        for _ in consumer:
            taken += 1
            started = started or time.perf_counter()
        rate(taken, time.perf_counter() - started)


def push(endpoint, count):
    context = zmq.Context()
    socket = context.socket(zmq.PUSH)
    socket.connect(endpoint)
    pack = msgpack.Packer().pack
    for at in range(count):
        socket.send(pack(dish(at)))
    socket.close()
    context.term()


def pull(count):
    socket = zmq.Context().socket(zmq.PULL)
    socket.bind("tcp://127.0.0.1:*")
    bound(socket.getsockopt(zmq.LAST_ENDPOINT).decode())
    msgpack.unpackb(socket.recv())
    started = time.perf_counter()
    for _ in range(count - 1):
        msgpack.unpackb(socket.recv())
    rate(count, time.perf_counter() - started)


role, *rest = sys.argv[1:]
arguments = [*rest[:-1], int(rest[-1])]
{"produce": produce, "consume": consume, "push": push, "pull": pull}[role](*arguments)
