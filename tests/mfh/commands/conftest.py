"""What the tests of sweeps as processes share: it takes seconds, so it is made once."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.mfh.commands.sweeps import SWEEP, WHOLE, exported
from tests.mfh.commands.warm import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """What starts `mfh` at once."""
    with closing(Server(tmp_path_factory.mktemp("printed"))) as started:
        yield started


@pytest.fixture(scope="session")
def undisturbed(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The table of `SWEEP` when nothing disturbs it."""
    folder = tmp_path_factory.mktemp("undisturbed")
    server.call(*SWEEP, folder=folder, flops=WHOLE)
    return exported(folder)
