"""Worst milliseconds of the Python client's readers for frames given as hex lines on standard input, as a JSON array."""

import json
import sys
import time

from sluice.codec.decode import Decoder
from sluice.errors import DecodeError

ROUNDS = 5


def milliseconds(read, frame):
    """The quickest of a few rounds: processor time, for the machine may be busy with others."""
    best = 1e9
    for _ in range(ROUNDS):
        started = time.thread_time()
        try:
            read(frame)
        except DecodeError:
            pass
        best = min(best, time.thread_time() - started)
    return best * 1000


readers = [Decoder().values, Decoder(trusted=True).values, Decoder().args]
print(json.dumps([[milliseconds(read, bytes.fromhex(line)) for read in readers] for line in sys.stdin]))
