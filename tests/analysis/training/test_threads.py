import signal
import threading
import time
from collections.abc import Callable

import pytest
import torch

from analysis.training.threads import ahead, each


@pytest.fixture(params=[1, 2, 4])
def threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    return use(request.param, monkeypatch)


def use(count: int, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(torch, "get_num_threads", lambda: count)
    return count


def thread() -> int:
    return threading.get_ident()


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
def test_results_come_in_order_whoever_is_first(count: int) -> None:
    def slower_at_first(i: int) -> int:
        time.sleep(0.01 / (i + 1))
        return i * i

    assert each(slower_at_first, count) == [i * i for i in range(count)]


def test_as_many_threads_work_as_torch_has(threads: int) -> None:
    """They meet, so there are that many; more would wait in vain."""
    meeting = threading.Barrier(threads)

    def meet(_: int) -> int:
        meeting.wait(timeout=120)
        return thread()

    workers = each(meet, threads)
    assert len(set(workers)) == threads
    assert (thread() in workers) == (threads == 1)  # alone, it stays where it is
    assert len(set(each(lambda _: thread(), 50))) <= threads


def test_one_item_needs_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    use(4, monkeypatch)
    assert each(lambda _: thread(), 1) == [thread()]


def test_calls_inside_stay_in_their_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    use(3, monkeypatch)

    def inside(_: int) -> tuple[int, set[int]]:
        return thread(), set(each(lambda _: thread(), 20))

    for outer, inner in each(inside, 9):
        assert inner == {outer}
    assert thread() not in each(lambda _: thread(), 3)  # and later ones have threads again


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("culprit", [0, 1, 2, 3])
def test_an_error_ends_it_and_is_raised(culprit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever thread it is in: what has begun is finished, and nothing more begins."""
    begun: list[int] = []

    def work(i: int) -> None:
        begun.append(i)
        if i == culprit:
            raise ValueError(f"no {i}")
        time.sleep(0.02)

    with pytest.raises(ValueError, match=f"no {culprit}"):
        each(work, 1000)
    assert len(begun) < 1000
    use(2, monkeypatch)
    assert thread() not in each(lambda _: thread(), 2)  # this thread is not taken for a worker


@pytest.mark.usefixtures("threads")
def test_control_c_ends_it_soon() -> None:
    main, begun = threading.main_thread().ident, []
    assert main is not None

    def work(i: int) -> None:
        begun.append(i)
        if len(begun) == 5:
            signal.pthread_kill(main, signal.SIGINT)
        time.sleep(0.02)

    with pytest.raises(KeyboardInterrupt):
        each(work, 1000)
    assert len(begun) < 1000
    assert not any("ThreadPool" in thread.name for thread in threading.enumerate())


def test_the_next_is_worked_out_while_one_is_used() -> None:
    begun: list[str] = []
    used = threading.Event()

    def work(item: str) -> str:
        begun.append(item)
        if item == "b":
            assert used.wait(timeout=120)  # begins before "a" is given back
        return item.upper()

    results = ahead(work, ["a", "b", "c"])
    assert next(results) == "A"
    used.set()
    assert list(results) == ["B", "C"]
    assert begun == ["a", "b", "c"]


@pytest.mark.parametrize("use_result", [list, next], ids=["all", "the first"])
def test_an_error_ahead_is_raised_where_its_result_is_due(
    use_result: Callable[[object], object],
) -> None:
    def work(item: int) -> int:
        return 1 // item

    with pytest.raises(ZeroDivisionError):
        use_result(ahead(work, [0, 1]))
    results = ahead(work, [1, 0])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)
