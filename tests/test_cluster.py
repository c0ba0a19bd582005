"""The script of docs/cluster.md, run as a batch system would, but for the batch system."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from analysis import Store, run
from analysis.sweeps.sweepfile import make_plan, read_plan

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
SWEEP = """
points = 2
seeds = 4
steps = 5
n_train = 20
n_test = 50
width = 4
"""


def command(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/bash\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """Return a folder with the script, in two parts, and commands as a cluster has them."""
    text = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    script = re.findall(r"^```bash\n(#!/bin/bash.*?)^```", text, re.DOTALL | re.MULTILINE)[0]
    assert "parts=20 " in script
    assert "--array=1-20" in script
    (tmp_path / "bin").mkdir()
    command(tmp_path / "sweep.sh", script.replace("parts=20 ", "parts=2 ").replace("600", "5"))
    command(tmp_path / "bin" / "srun", 'shift; exec "$@"')
    start = f"exec {sys.executable} -c 'from mfh.command_line import main; main()' \"$@\""
    command(tmp_path / "bin" / "mfh", start)
    (tmp_path / "sweep.toml").write_text(SWEEP, encoding="utf-8")
    return tmp_path


def submit(job: Path, part: int) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ,
        "PATH": f"{job / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(job),
        "SLURM_ARRAY_TASK_ID": str(part),
        "SLURM_CPUS_PER_TASK": "1",
    }
    return subprocess.run(
        ["bash", "sweep.sh"], cwd=job, env=environment, capture_output=True, text=True, check=False
    )


def test_the_parts_of_an_array_job_make_the_sweep(job: Path) -> None:
    for part in (1, 2):
        done = submit(job, part)
        assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (job / "parts").iterdir()) == ["1.db", "2.db"]
    assert not list(job.glob("tmp.*"))
    with Store() as merged:
        for part in (1, 2):
            with Store(job / "parts" / f"{part}.db") as each:
                assert each.holdings().missing > 0
                merged.merge(each)
        found = merged.frame()
    alone = run(make_plan(read_plan(job / "sweep.toml"))).frame()
    pd.testing.assert_frame_equal(found, alone)


def test_results_that_cannot_be_put_back_are_left_where_they_are(job: Path) -> None:
    (job / "parts").write_text("in the way", encoding="utf-8")
    script = (job / "sweep.sh").read_text(encoding="utf-8")
    (job / "sweep.sh").write_text(script.replace("mkdir -p parts\n", ""), encoding="utf-8")
    done = submit(job, 1)
    assert done.returncode == 1
    (left,) = job.glob("tmp.*")
    assert f"results are left in {left}" in done.stderr
    with Store(left / "part.db") as store:
        assert store.holdings().results > 0
