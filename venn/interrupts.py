"""Ctrl-C, and SIGTERM, a batch system's: when they are heard, held back, and no longer heard."""

import _thread
import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

STOPS = (signal.SIGINT, signal.SIGTERM)

IMPORTER = "<frozen importlib._bootstrap>"
"""Where the code of every import lies."""


@contextlib.contextmanager
def heard() -> Iterator[None]:
    """Raise KeyboardInterrupt in a block when this process is to stop, and not again while it does.

    What cleans up after one is then not interrupted, however often Ctrl-C is pressed.  One that
    falls into an import, which may make another error of it, or into a finaliser, where Python
    drops what is raised, is raised afterwards.  A signal that whoever started this process ignores,
    as for one in the background, stays ignored.  After the block all is as it was.
    """
    before = {each: now for each in STOPS if (now := signal.getsignal(each)) is not signal.SIG_IGN}
    drop = sys.unraisablehook

    def again(dropped: "sys.UnraisableHookArgs") -> None:
        if issubclass(dropped.exc_type, KeyboardInterrupt):
            _try_again()
        else:
            drop(dropped)

    for each in before:
        signal.signal(each, _stop)
    sys.unraisablehook = again
    try:
        yield
    finally:
        with contextlib.suppress(KeyboardInterrupt):  # that comes now, and too late
            _forget()
        sys.unraisablehook = drop
        for each, handler in before.items():
            signal.signal(each, handler)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Hold interrupts back to the end of a block; processes begun in it do not hear Ctrl-C at all.

    Threads other than the main one are not interrupted anyway.
    """
    heard: list[int] = []
    before: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        before = {each: now for each in STOPS if callable(now := signal.getsignal(each))}
    for each in before:
        signal.signal(each, lambda number, _: heard.append(number))
    masks = hasattr(signal, "pthread_sigmask")  # which Windows lacks
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masks else set()
    try:
        yield
    finally:
        if masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for each, handler in before.items():
            signal.signal(each, handler)
        if heard:
            signal.raise_signal(heard[0])


def _stop(_: int, frame: FrameType | None) -> None:
    if _importing(frame):
        _try_again()
    elif not _stopping():
        raise KeyboardInterrupt


def _importing(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code.co_filename != IMPORTER:
        frame = frame.f_back
    return frame is not None


def _stopping() -> bool:
    """Whether an interrupt is being dealt with, or what was made of one."""
    error = sys.exc_info()[1]
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


_AGAIN: list[threading.Timer] = []
"""What is to raise an interrupt that came at a bad time; one is enough."""


def _try_again() -> None:
    if not any(each.is_alive() for each in _AGAIN):
        _AGAIN[:] = [threading.Timer(0.02, _thread.interrupt_main, [signal.SIGTERM])]
        _AGAIN[0].start()


def _forget() -> None:
    """Raise nothing after the block in which it was heard."""
    while _AGAIN:
        timer = _AGAIN.pop()
        timer.cancel()
        timer.join()
