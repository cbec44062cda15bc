"""One side of a link as a program of its own, for tests that kill it: ``peer.py ROLE --connect E --count N …``.

Writes JSON lines: first the endpoints that were bound, then what happened.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from sluice import Consumer, Limits, Producer, Puller, Pusher, Replier, Requester, Security


def say(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def dish(at: int) -> Any:
    return {"id": at, "name": f"plate {at}", "wet": True, "weight": at * 0.25, "at": 1_732_300_000_000 + at}


def produce(options: argparse.Namespace, where: Any) -> None:
    with Producer(**where, identity=options.identity, drain_timeout_ms=60_000) as producer:
        say(endpoints=producer.endpoints)
        with producer._driver.lock:
            producer._driver.wait(lambda: producer._core.live >= options.peers, 30)
        for at in range(options.first, options.first + options.count):
            producer.send(dish(at))
        producer.drain(60_000)
        say(done=True, stats=vars(producer.stats()))


def consume(options: argparse.Namespace, where: Any) -> None:
    mark = "auto" if options.mark == 0 else options.mark
    with Consumer(**where, identity=options.identity, high_water_mark=mark, senders=options.senders) as consumer:
        say(endpoints=consumer.endpoints)
        took = 0
        for received in consumer.received():
            say(id=received.value["id"], redelivered=received.redelivered, value=received.value if options.whole else None)
            took += 1
            if options.pause_ms:
                time.sleep(options.pause_ms / 1000)
        say(done=True, stats=vars(consumer.stats()))


def request(options: argparse.Namespace, where: Any) -> None:
    with Requester(**where, identity=options.identity, timeout_ms=options.timeout_ms, retries=options.retries) as requester:
        say(endpoints=requester.endpoints)
        requester.ready(30_000)
        futures = [requester.submit({"n": at}) for at in range(options.count)]
        answers = [future.result(60)["n"] for future in futures]
        requester.drain(30_000)
        say(done=True, right=answers == [at * 2 for at in range(options.count)], stats=vars(requester.stats()))


def reply(options: argparse.Namespace, where: Any) -> None:
    with Replier(**where, senders=options.senders) as replier:
        say(endpoints=replier.endpoints)

        def double(value: Any) -> Any:
            if value["n"] < 0:
                raise ValueError("a negative number of plates")
            if options.pause_ms:
                time.sleep(options.pause_ms / 1000)
            return {"n": value["n"] * 2}

        replier.serve(double)
        say(done=True, stats=vars(replier.stats()))


def push(options: argparse.Namespace, where: Any) -> None:
    single = Limits(max_batch_messages=1) if options.single else None
    with Pusher(**where, high_water_mark=1_000_000, limits=single) as pusher:
        say(endpoints=pusher.endpoints)
        pusher.ready(30_000)
        for at in range(options.first, options.first + options.count):
            pusher.send(dish(at))
        pusher.drain(30_000)
        say(done=True, stats=vars(pusher.stats()))


def pull(options: argparse.Namespace, where: Any) -> None:
    with Puller(**where, senders=options.senders, high_water_mark=1_000_000) as puller:
        say(endpoints=puller.endpoints)
        ids = [value["id"] for value in puller]
        say(done=True, count=len(ids), ids=sorted(ids), stats=vars(puller.stats()))


ROLES = {"produce": produce, "consume": consume, "request": request, "reply": reply, "push": push, "pull": pull}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=sorted(ROLES))
    parser.add_argument("--bind")
    parser.add_argument("--connect", action="append")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--mark", type=int, default=0)
    parser.add_argument("--senders", type=int)
    parser.add_argument("--pause-ms", type=float, default=0)
    parser.add_argument("--timeout-ms", type=float, default=30_000)
    parser.add_argument("--retries", type=int, default=3)
    parser.add_argument("--identity")
    parser.add_argument("--peers", type=int, default=1)
    parser.add_argument("--single", action="store_true")
    parser.add_argument("--whole", action="store_true")
    options = parser.parse_args()
    where = {"bind": options.bind, "connect": options.connect, "security": Security.from_environment()}
    ROLES[options.role](options, where)


if __name__ == "__main__":
    main()
