"""What is said where the kernel cannot be compiled; how it is compiled, `tests/venn` looks at."""

import logging
from collections.abc import Iterator

import pytest

from analysis.training.kernel import library


@pytest.fixture(autouse=True)
def unknown() -> Iterator[None]:
    """Nothing is known of a kernel."""
    library.kernel.cache_clear()
    yield
    library.kernel.cache_clear()


def test_without_a_compiler_there_is_no_kernel_and_one_line_says_why_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CXX", "/nowhere/c++")
    assert library.kernel() is None
    assert library.kernel() is None
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("mfh", logging.WARNING)
    assert record.getMessage() == (
        "networks train several times slower than they could: a C++ compiler is needed "
        "([Errno 2] No such file or directory: '/nowhere/c++')"
    )


def test_it_is_had_once() -> None:
    found = library.kernel()
    if found is None:
        pytest.skip("there is no C++ compiler")
    assert found.lanes in (4, 8, 16)
    assert library.kernel() is found
