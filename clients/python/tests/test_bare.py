"""Peers that know nothing of Sluice: pyzmq and msgpack alone."""

from __future__ import annotations

import threading
from typing import Any, Callable, Iterator

import msgpack
import pytest
import zmq
from processes import PATIENCE
from sluice import Puller, Pusher, RemoteError, Replier, Requester

Keep = Callable[[Any], Any]


@pytest.fixture
def context() -> Iterator[zmq.Context[Any]]:
    with zmq.Context() as context:
        yield context
        context.destroy(linger=0)


def plain(context: Any, kind: int, bind: bool = False, connect: str = "") -> Any:
    socket = context.socket(kind)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RCVTIMEO, int(PATIENCE * 1000))
    if bind:
        socket.bind("tcp://127.0.0.1:*")
    else:
        socket.connect(connect)
    return socket


def where(socket: Any) -> str:
    return str(socket.getsockopt(zmq.LAST_ENDPOINT).decode())


def test_fnf_1_a_bare_push_feeds_a_puller(context: Any, kept: Keep) -> None:
    puller = kept(Puller(bind="tcp://127.0.0.1:*"))
    push = plain(context, zmq.PUSH, connect=puller.endpoints[0])
    for at in range(100):
        push.send(msgpack.packb({"id": at}))
    assert [puller.receive(PATIENCE * 1000)["id"] for _ in range(100)] == list(range(100))


def test_fnf_5_a_bare_pull_takes_one_value_a_frame(context: Any, kept: Keep) -> None:
    pull = plain(context, zmq.PULL, bind=True)
    pusher = kept(Pusher(connect=where(pull), max_batch_messages=1))
    pusher.ready(PATIENCE * 1000)
    for at in range(100):
        pusher.send({"id": at})
    pusher.drain(PATIENCE * 1000)
    assert [msgpack.unpackb(pull.recv())["id"] for _ in range(100)] == list(range(100))
    assert pull.recv() == b""


def test_rr_1_a_bare_req_is_served(context: Any, kept: Keep) -> None:
    replier = kept(Replier(bind="tcp://127.0.0.1:*"))
    threading.Thread(target=replier.serve, args=(lambda value: value * 2,), daemon=True).start()
    req = plain(context, zmq.REQ, connect=replier.endpoints[0])
    for at in range(20):
        req.send(msgpack.packb(at))
        assert msgpack.unpackb(req.recv()) == at * 2


def test_rr_7_a_bare_req_gets_an_error_in_headers(context: Any, kept: Keep) -> None:
    replier = kept(Replier(bind="tcp://127.0.0.1:*"))

    def fail(_: Any) -> Any:
        raise ValueError("no soap")

    threading.Thread(target=replier.serve, args=(fail,), daemon=True).start()
    req = plain(context, zmq.REQ, connect=replier.endpoints[0])
    req.send(msgpack.packb(1))
    payload, headers = req.recv_multipart()
    assert payload == b"\xc0" and msgpack.unpackb(headers) == {"error": {"code": "ValueError", "message": "no soap"}}


def test_rr_1_a_bare_dealer_is_served_with_its_own_id(context: Any, kept: Keep) -> None:
    replier = kept(Replier(bind="tcp://127.0.0.1:*"))
    threading.Thread(target=replier.serve, args=(lambda value: value * 2,), daemon=True).start()
    dealer = plain(context, zmq.DEALER, connect=replier.endpoints[0])
    for at in range(20):
        dealer.send_multipart([b"id%d" % at, b"", msgpack.packb(at)])
    answers = dict(dealer.recv_multipart()[::2] for _ in range(20))
    assert {id: msgpack.unpackb(answer) for id, answer in answers.items()} == {b"id%d" % at: at * 2 for at in range(20)}


def test_rr_2_a_bare_rep_answers_64_requests_in_flight(context: Any, kept: Keep) -> None:
    rep = plain(context, zmq.REP, bind=True)

    def serve() -> None:
        for _ in range(64):
            rep.send(msgpack.packb(msgpack.unpackb(rep.recv()) * 2))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    requester = kept(Requester(connect=where(rep)))
    futures = [requester.submit(at) for at in range(64)]
    assert [future.result(PATIENCE) for future in futures] == [at * 2 for at in range(64)]
    thread.join(PATIENCE)


def test_rr_2_a_bare_router_server_answers_out_of_order(context: Any, kept: Keep) -> None:
    router = plain(context, zmq.ROUTER, bind=True)
    requester = kept(Requester(connect=where(router)))
    futures = [requester.submit(at) for at in range(10)]
    asked = [router.recv_multipart() for _ in range(10)]
    for *envelope, payload in reversed(asked):
        router.send_multipart([*envelope, msgpack.packb(msgpack.unpackb(payload) * 2)])
    assert [future.result(PATIENCE) for future in futures] == [at * 2 for at in range(10)]


def test_rr_7_a_bare_router_may_answer_with_an_error(context: Any, kept: Keep) -> None:
    router = plain(context, zmq.ROUTER, bind=True)
    requester = kept(Requester(connect=where(router)))
    future = requester.submit(1)
    *envelope, _ = router.recv_multipart()
    router.send_multipart([*envelope, b"\xc0", msgpack.packb({"error": {"code": "E_SOAP", "message": "no soap"}})])
    error = future.exception(PATIENCE)
    assert isinstance(error, RemoteError) and (error.remote_code, str(error)) == ("E_SOAP", "no soap")


def test_rr_1_a_requester_speaks_to_a_rep_and_a_router_alike(context: Any, kept: Keep) -> None:
    rep, router = (plain(context, kind, bind=True) for kind in (zmq.REP, zmq.ROUTER))
    served = {"rep": 0, "router": 0}

    def serve(stop: threading.Event) -> None:
        while not stop.is_set():
            if rep.poll(1):
                rep.send(msgpack.packb(msgpack.unpackb(rep.recv()) * 2))
                served["rep"] += 1
            if router.poll(1):
                *envelope, payload = router.recv_multipart()
                router.send_multipart([*envelope, msgpack.packb(msgpack.unpackb(payload) * 2)])
                served["router"] += 1

    stop = threading.Event()
    thread = threading.Thread(target=serve, args=(stop,), daemon=True)
    thread.start()
    try:
        requester = kept(Requester(connect=[where(rep), where(router)]))
        with requester._driver.lock:
            requester._driver.wait(lambda: requester._core.live >= 2, PATIENCE)
        for _ in range(2):
            futures = [requester.submit(at) for at in range(64)]
            assert [future.result(PATIENCE) for future in futures] == [at * 2 for at in range(64)]
    finally:
        stop.set()
        thread.join(PATIENCE)
    assert sum(served.values()) == 128 and min(served.values()) > 0


def test_rr_1_a_replier_serves_a_req_and_a_dealer_alike(context: Any, kept: Keep) -> None:
    replier = kept(Replier(bind="tcp://127.0.0.1:*"))
    threading.Thread(target=replier.serve, args=(lambda value: value * 2,), daemon=True).start()
    req, dealer = (plain(context, kind, connect=replier.endpoints[0]) for kind in (zmq.REQ, zmq.DEALER))
    for at in range(64):
        dealer.send_multipart([b"id%d" % at, b"", msgpack.packb(at)])
    for at in range(64):
        req.send(msgpack.packb(at))
        assert msgpack.unpackb(req.recv()) == at * 2
    answers = dict(dealer.recv_multipart()[::2] for _ in range(64))
    assert {id: msgpack.unpackb(answer) for id, answer in answers.items()} == {b"id%d" % at: at * 2 for at in range(64)}
