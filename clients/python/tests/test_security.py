"""CURVE on every pattern and either side: who comes in, who does not, and what each side is told."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from pathlib import Path
from typing import Any, Callable, Tuple

import pytest
import zmq
from processes import PATIENCE
from sluice import AllowList, Consumer, Limits, LinkError, OptionError, Producer, Puller, Pusher, Replier, Requester, Security, aio

Keep = Callable[[Any], Any]
LOOPBACK = "tcp://127.0.0.1:*"


def pair() -> Tuple[str, str]:
    public, secret = zmq.curve_keypair()
    return public.decode(), secret.decode()


def own(keys: Tuple[str, str], **more: Any) -> Security:
    return Security(public_key=keys[0], secret_key=keys[1], **more)


def eventually(holds: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)


def cores(side: Any) -> Any:
    return side._driver.core


def told(side: Any) -> str:
    with side._driver.lock:
        side._driver.visit()
        return str(cores(side).last_refusal or "")


SERVER, CLIENT = pair(), pair()
SIDES = {
    "backpressure": (Producer, Consumer),
    "fire-and-forget": (Pusher, Puller),
    "request-reply": (Requester, Replier),
}


@pytest.fixture(params=[(name, binds) for name in SIDES for binds in ("sender", "receiver")], ids="-".join)
def opened(request: pytest.FixtureRequest, kept: Keep) -> Callable[..., Tuple[Any, Any]]:
    """Opens the two sides of a pattern: the one that binds with the first security, the other with the second."""
    name, binds = request.param
    sender, receiver = SIDES[name]

    def open_both(server: Any, client: Any) -> Tuple[Any, Any]:
        first, second = (sender, receiver) if binds == "sender" else (receiver, sender)
        bound = kept(first(bind=LOOPBACK, security=server))
        return bound, kept(second(connect=bound.endpoints, security=client))

    return open_both


def meets(side: Any) -> None:
    eventually(lambda: told(side) is not None and side._driver.sockets.connections > 0)


def test_a_listed_key_comes_in(opened: Any) -> None:
    server, client = opened(own(SERVER, allow=[CLIENT[0]]), own(CLIENT, server_key=SERVER[0]))
    meets(client)
    meets(server)


def test_sec_12_an_unlisted_key_is_told_so_and_comes_in_once_it_is_added(opened: Any) -> None:
    allow = AllowList()
    server, client = opened(own(SERVER, allow=allow), own(CLIENT, server_key=SERVER[0]))
    eventually(lambda: "add it to security.allow of that side" in told(client))
    eventually(lambda: CLIENT[0] in told(server))
    assert server.stats().refused_by.keys() == {"key"}
    allow.add(CLIENT[0])
    meets(client)


def test_sec_13_a_key_that_is_taken_off_is_out(opened: Any) -> None:
    allow = AllowList([CLIENT[0]])
    server, client = opened(own(SERVER, allow=allow), own(CLIENT, server_key=SERVER[0]))
    meets(client)
    allow.discard(CLIENT[0])
    eventually(lambda: told(client) and client._driver.sockets.connections == 0)
    eventually(lambda: CLIENT[0] in told(server))


def test_another_key_than_the_servers_is_told_so(opened: Any) -> None:
    server, client = opened(own(SERVER), own(CLIENT, server_key=pair()[0]))
    eventually(lambda: "server_key is not the key of that side" in told(client))
    eventually(lambda: SERVER[0] in told(server))


def test_keys_on_one_side_only_are_told_so(opened: Any) -> None:
    server, client = opened(own(SERVER), None)
    eventually(lambda: "give this one security" in told(client))
    server, client = opened(None, own(CLIENT, server_key=SERVER[0]))
    eventually(lambda: "that side does not speak CURVE" in told(client))


def test_messages_pass_where_both_sides_hold_one_pair(kept: Keep) -> None:
    consumer = kept(Consumer(bind=LOOPBACK, security=own(SERVER), senders=1))
    producer = kept(Producer(connect=consumer.endpoints, security=own(SERVER)))
    for at in range(3):
        producer.send(at)
    assert [next(iter(consumer)) for _ in range(3)] == [0, 1, 2]


def test_a_client_that_is_kept_out_is_logged_once(kept: Keep, caplog: pytest.LogCaptureFixture) -> None:
    consumer = kept(Consumer(bind=LOOPBACK, security=own(SERVER)))
    with caplog.at_level(logging.WARNING, logger="sluice"):
        producer = kept(Producer(connect=consumer.endpoints))
        eventually(lambda: told(producer) and producer.stats().refused > 1)
    assert len(caplog.records) == 1


def test_asyncio_takes_the_same_option() -> None:
    async def talk() -> Any:
        async with aio.Replier(bind=LOOPBACK, security=own(SERVER, allow=[CLIENT[0]])) as replier:
            serving = asyncio.ensure_future(replier.serve(lambda value: value * 2))
            async with aio.Requester(connect=replier.endpoints, security=own(CLIENT, server_key=SERVER[0])) as requester:
                answer = await requester.request(21)
            serving.cancel()
            return answer

    assert asyncio.run(asyncio.wait_for(talk(), PATIENCE)) == 42


def test_sec_10_tcp_beyond_loopback_needs_keys_or_a_word(kept: Keep) -> None:
    for kind in (Consumer, Puller, Replier):
        with pytest.raises(OptionError, match="sluice keygen"):
            kind(bind="tcp://0.0.0.0:*")
    kept(Puller(bind="tcp://0.0.0.0:*", insecure=True))
    kept(Puller(bind="tcp://0.0.0.0:*", security=own(SERVER)))


def test_an_ipc_path_is_for_this_user_alone(kept: Keep, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        kept(Consumer(bind=f"ipc://{tmp_path}/closed"))
        kept(Consumer(bind=f"ipc://{tmp_path}/open", insecure=True))
    finally:
        os.umask(before)
    assert (tmp_path / "closed").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "open").stat().st_mode & 0o777 == 0o777
    tmp_path.chmod(0o777)
    with pytest.raises(LinkError, match="everybody may write"):
        Consumer(bind=f"ipc://{tmp_path}/shared")


def test_key_files_are_read_as_they_are_written_everywhere(tmp_path: Path) -> None:
    secret = tmp_path / "washer.key_secret"
    secret.write_text(f'curve\n    public-key = "{SERVER[0]}"\n    secret-key = "{SERVER[1]}"\n')
    secret.chmod(0o600)
    (tmp_path / "dryer.key").write_text(f'curve\n    public-key = "{CLIENT[0]}"\n')
    security = Security(key_file=str(secret), allow_directory=str(tmp_path))
    assert security.keys.public == SERVER[0]
    assert security.admits(CLIENT[0]) and not security.admits(pair()[0])
    assert SERVER[1] not in repr(security.keys)
    secret.chmod(0o644)
    if os.name == "posix":
        with pytest.raises(OptionError, match="chmod 600"):
            Security(key_file=str(secret))


def test_a_directory_is_followed(kept: Keep, tmp_path: Path) -> None:
    consumer = kept(Consumer(bind=LOOPBACK, security=own(SERVER, allow_directory=str(tmp_path))))
    producer = kept(Producer(connect=consumer.endpoints, security=own(CLIENT, server_key=SERVER[0])))
    eventually(lambda: "add it to security.allow" in told(producer))
    file = tmp_path / "washer.key"
    file.write_text(f'public-key = "{CLIENT[0]}"\n')
    meets(producer)
    file.unlink()
    eventually(lambda: told(producer) and producer._driver.sockets.connections == 0)


def test_sec_16_keys_are_found_in_the_environment() -> None:
    assert Security.from_environment({"PATH": "/bin"}) is None
    names = {"SLUICE_CURVE_PUBLIC_KEY": CLIENT[0], "SLUICE_CURVE_SECRET_KEY": CLIENT[1]}
    security = Security.from_environment({**names, "SLUICE_CURVE_SERVER_KEY": f"tcp://a:1={SERVER[0]}"})
    assert security is not None and security.server_key_of("tcp://a:1") == SERVER[0]
    with pytest.raises(OptionError, match="SLUICE_CURVE_KEYFILE"):
        Security.from_environment({"SLUICE_CURVE_KEYFILE": "x"})


def test_a_secret_that_is_none_is_not_shown() -> None:
    with pytest.raises(OptionError) as caught:
        Security(public_key=CLIENT[0], secret_key="not a key, and yet a secret")
    assert "yet a secret" not in str(caught.value)


def test_sec_14_a_requester_beyond_its_octets_waits_for_room(kept: Keep) -> None:
    replier = kept(Replier(bind=LOOPBACK, limits=Limits(max_buffered_bytes=10_000)))
    requester = kept(Requester(connect=replier.endpoints, timeout_ms=PATIENCE * 1000))
    futures = [requester.submit(b"x" * 1_024) for _ in range(30)]
    eventually(lambda: "max_buffered_bytes" in told(replier))
    assert replier.stats().refused_by.keys() == {"bytes"}
    threading.Thread(target=lambda: replier.serve(len), daemon=True).start()
    assert [future.result(PATIENCE) for future in futures] == [1_024] * 30


def test_sec_14_who_keeps_to_the_mark_is_never_shown_out(kept: Keep) -> None:
    for kind, other in ((Consumer, Producer), (Puller, Pusher)):
        receiver = kept(kind(bind=LOOPBACK, limits=Limits(max_buffered_bytes=10_000), senders=1))
        sender = kept(other(connect=receiver.endpoints))
        sender.ready()

        def send_all(sender: Any = sender) -> None:
            for at in range(100):
                sender.send([at, b"x" * 1_024])
            sender.drain()

        thread = threading.Thread(target=send_all, daemon=True)
        thread.start()
        assert [at for at, _ in receiver] == list(range(100))
        thread.join(PATIENCE)
        assert receiver.stats().refused == 0
