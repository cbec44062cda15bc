"""What a handler gives, as values: one, none or many, at once or awaited."""

from __future__ import annotations

import asyncio
import inspect
import threading
from datetime import datetime
from typing import Any, Callable, Iterator, Optional

from ..session.headers import Headers

__all__ = ["Caller", "Context"]

#: What is one value without a closer look, as most results are.
_VALUES = frozenset((dict, list, str, bytes, int, float, bool))


class Context:
    """What a handler with two parameters is given beside its message."""

    __slots__ = ("headers", "redelivered")

    def __init__(self, headers: Optional[Headers], redelivered: bool) -> None:
        self.headers: Headers = headers or {}
        self.redelivered = redelivered

    @property
    def deadline(self) -> Optional[datetime]:
        """When the message stops to matter; None where its source has set no time."""
        deadline = self.headers.get("deadline")
        return deadline if isinstance(deadline, datetime) else None


class Caller:
    """Calls a handler of any kind: a function, a generator, or one of the two with ``async``.

    What is awaited runs in an event loop of its own thread, so that many handlers share it.
    """

    def __init__(self, handler: Callable[..., Any]) -> None:
        self._handler = handler
        self._parameters = _positional(handler)
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        if inspect.iscoroutinefunction(handler) or inspect.isasyncgenfunction(handler):
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, name="sluice handlers", daemon=True).start()

    def outputs(self, value: Any, context: Context) -> Iterator[Any]:
        """What the handler makes of a message; None is nothing."""
        return self._many(self._handler(value, context) if self._parameters > 1 else self._handler(value))

    def source(self) -> Iterator[Any]:
        """What a handler without inbound links gives by itself."""
        return self._many(self._handler())

    def _many(self, result: Any) -> Iterator[Any]:
        if type(result) in _VALUES:
            return iter((result,))
        if inspect.isasyncgen(result):
            return self._awaited(result)
        if inspect.isawaitable(result):
            result = self._wait(result)
        if result is None:
            return iter(())
        if inspect.isgenerator(result) or hasattr(result, "__next__"):
            return (value for value in result if value is not None)
        return iter((result,))

    def _awaited(self, result: Any) -> Iterator[Any]:
        while True:
            try:
                value = self._wait(result.__anext__())
            except StopAsyncIteration:
                return
            if value is not None:
                yield value

    def _wait(self, awaitable: Any) -> Any:
        async def awaited() -> Any:
            return await awaitable

        if self._loop is None:
            return asyncio.run(awaited())
        return asyncio.run_coroutine_threadsafe(awaited(), self._loop).result()


def _positional(handler: Callable[..., Any]) -> int:
    try:
        parameters = inspect.signature(handler).parameters.values()
    except (TypeError, ValueError):
        return 1
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(parameter.kind in kinds and parameter.default is parameter.empty for parameter in parameters)
