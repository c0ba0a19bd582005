import signal
import threading
import time

import pytest
import torch

from analysis.training.threads import ahead, each


@pytest.fixture(params=[1, 2, 4])
def threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(torch, "get_num_threads", lambda: request.param)
    return int(request.param)


def thread(_: int = 0) -> int:
    return threading.get_ident()


@pytest.mark.parametrize("count", [0, 1, 3, 50])
def test_results_come_in_order_whoever_is_first(threads: int, count: int) -> None:
    """From no more threads than torch has."""
    used: set[int] = set()

    def slower_at_first(i: int) -> int:
        used.add(thread())
        time.sleep(0.01 / (i + 1))
        return i * i

    assert each(slower_at_first, count) == [i * i for i in range(count)]
    assert len(used) <= threads


def test_as_many_threads_work_as_torch_has(threads: int) -> None:
    """They meet, so there are that many; more would wait in vain.  Alone, one stays where it is."""
    meeting = threading.Barrier(threads)

    def meet(_: int) -> int:
        meeting.wait(timeout=120)
        return thread()

    workers = each(meet, threads)
    assert len(set(workers)) == threads
    assert (thread() in workers) == (threads == 1)
    assert each(thread, 1) == [thread()]


def test_calls_inside_stay_in_their_thread(threads: int) -> None:
    for outer, inner in each(lambda _: (thread(), set(each(thread, 20))), 9):
        assert inner == {outer}
    assert (thread() in each(thread, 3)) == (threads == 1)  # and later ones have threads again


@pytest.mark.parametrize("culprit", [0, 3])
def test_an_error_ends_it_and_is_raised(threads: int, culprit: int) -> None:
    """Whichever thread it is in: what has begun is finished, and nothing more begins."""
    begun: list[int] = []

    def work(i: int) -> None:
        begun.append(i)
        if i == culprit:
            raise ValueError(f"no {i}")
        time.sleep(0.02)

    with pytest.raises(ValueError, match=f"no {culprit}"):
        each(work, 100)
    assert len(begun) < 100
    assert (thread() in each(thread, 2)) == (threads == 1)  # this one is not taken for a worker


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


def test_an_error_ahead_is_raised_where_its_result_is_due() -> None:
    results = ahead(lambda item: 1 // item, [1, 0, 1])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_one_piece_of_work_may_be_shared_out_within(threads: int) -> None:
    meeting = threading.Barrier(threads)

    def meet(_: int) -> int:
        meeting.wait(timeout=120)
        return thread()

    (workers,) = each(lambda _: each(meet, threads), 1)
    assert len(set(workers)) == threads


def test_torch_has_one_thread_in_each_and_all_of_them_after() -> None:
    before = torch.get_num_threads()
    assert set(each(lambda _: torch.get_num_threads(), 5)) == {1}
    with pytest.raises(ZeroDivisionError):
        each(lambda i: 1 // i, 3)
    assert torch.get_num_threads() == before
