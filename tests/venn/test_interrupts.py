"""When an interrupt is heard; through the command line in `tests.test_mfh` and `tests.mfh.commands`."""

import importlib
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from venn.interrupts import STOPS, heard, held

each_stop = pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.name)


@pytest.fixture(autouse=True)
def hearing() -> Iterator[None]:
    """Hear interrupts, in a process that leaves them to the system, and leave all as it was."""
    before, hook = {each: signal.getsignal(each) for each in STOPS}, sys.unraisablehook
    for each in STOPS:
        signal.signal(each, signal.SIG_DFL)
    with heard():
        yield
    assert [signal.getsignal(each) for each in STOPS] == [signal.SIG_DFL] * len(STOPS)
    assert sys.unraisablehook is hook
    for each, handler in before.items():
        signal.signal(each, handler)


def interrupted_in_cleaning(stops: list[str]) -> None:
    try:
        signal.raise_signal(signal.SIGINT)
    finally:
        for each in STOPS:
            signal.raise_signal(each)
            stops.append(each.name)


@each_stop
def test_who_cleans_up_is_not_interrupted_again(stop: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(stop)
    cleaned: list[str] = []
    with pytest.raises(KeyboardInterrupt):  # the first is over
        interrupted_in_cleaning(cleaned)
    assert cleaned == ["SIGINT", "SIGTERM"]


def interrupted_and_said_in_other_words() -> None:
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        try:
            raise ValueError("stopped") from None
        finally:
            signal.raise_signal(signal.SIGINT)


def test_nor_is_who_makes_another_error_of_an_interrupt() -> None:
    with pytest.raises(ValueError, match="stopped"):
        interrupted_and_said_in_other_words()


class Final:
    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def wait_for_it() -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        time.sleep(0.01)


def test_an_interrupt_that_falls_into_a_finaliser_is_not_lost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    del [Final()][0]
    with pytest.raises(KeyboardInterrupt):
        wait_for_it()
    assert capsys.readouterr().err == ""


def test_an_import_is_not_broken_by_an_interrupt_that_falls_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_to_import.py").write_text(
        "import signal\nfor _ in range(3):\n    signal.raise_signal(signal.SIGINT)\nwhole = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert importlib.import_module("slow_to_import").whole
    with pytest.raises(KeyboardInterrupt):
        wait_for_it()


@each_stop
def test_what_is_ignored_stays_so(stop: signal.Signals) -> None:
    heard_before = signal.signal(stop, signal.SIG_IGN)
    with heard():
        signal.raise_signal(stop)
    assert signal.getsignal(stop) is signal.SIG_IGN
    signal.signal(stop, heard_before)


@each_stop
def test_an_interrupt_is_held_back_to_the_end_of_a_block(stop: signal.Signals) -> None:
    ended: list[bool] = []

    def block() -> None:
        with held():
            signal.raise_signal(stop)
            ended.append(True)

    with pytest.raises(KeyboardInterrupt):
        block()
    assert ended
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(stop)


def test_another_thread_has_nothing_to_hold_back() -> None:
    entered = []

    def enter() -> None:
        with held():
            entered.append(True)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert entered


def test_an_interrupt_that_was_put_off_does_not_outlive_its_block() -> None:
    before = threading.active_count()
    with heard():
        del [Final()][0]
        del [Final()][0]
    assert threading.active_count() == before
    time.sleep(0.1)  # in which it would come
