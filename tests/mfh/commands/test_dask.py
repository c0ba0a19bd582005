"""Sweeps through a Dask scheduler and two worker processes, one of which is killed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.mfh.commands.sweeps import FLOPS, NETWORKS, SWEEP, begun, exported
from tests.mfh.commands.warm import PATIENCE, Server

pytestmark = pytest.mark.slow

CLUSTER = """
import json, os, sys
from distributed import Client, LocalCluster
if __name__ == "__main__":
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
    ) as cluster:
        with Client(cluster) as client:
            pids = list(client.run(os.getpid).values())
        print(json.dumps({"address": cluster.scheduler_address, "pids": pids}), flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A scheduler's address and process, and the processes of its workers."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "cluster.py").write_text(CLUSTER)
    with subprocess.Popen(
        [sys.executable, str(folder / "cluster.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield {"scheduler": process.pid, **json.loads(process.stdout.readline())}
        finally:
            process.stdin.close()
            process.wait(PATIENCE)


def test_a_worker_of_dask_that_is_killed_takes_no_result_with_it(
    cluster: dict[str, Any], server: Server, undisturbed: str, tmp_path: Path
) -> None:
    call = server.start(*SWEEP, "--dask", cluster["address"], folder=tmp_path, flops=FLOPS)
    begun(call, tmp_path)
    os.kill(cluster["pids"][0], signal.SIGKILL)
    assert call.wait() == 0, call.err
    assert f"\n{NETWORKS:,} networks in " in call.out
    assert exported(tmp_path) == undisturbed


def test_a_scheduler_that_ends_stops_the_sweep_with_a_line(
    cluster: dict[str, Any], server: Server, tmp_path: Path
) -> None:
    call = server.start(*SWEEP, "--dask", cluster["address"], folder=tmp_path, flops=FLOPS)
    begun(call, tmp_path)
    os.kill(cluster["scheduler"], signal.SIGKILL)
    assert call.wait() == 1
    line = call.err.splitlines()[-1]  # before it Dask may say what it lost
    assert line.startswith("mfh: the executor gave a shard up, as when its scheduler is gone; ")
    assert line.endswith("are stored in sweep.db; the same command goes on from there")
