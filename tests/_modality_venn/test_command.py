import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

SCRIPT = ("-c", "import sys; from _modality_venn.command import main; sys.exit(main())")
"""What is installed as ``mfh``."""


def call(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_what_is_installed() -> None:
    (script,) = entry_points(group="console_scripts", name="mfh")
    assert script.value == "_modality_venn.command:main"


@pytest.mark.parametrize(
    ("start", "package"),
    [(SCRIPT, "venn"), (SCRIPT, "figures"), (SCRIPT, "mfh"), (("-m", "mfh"), "venn")],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_a_file_in_the_way_takes_one_line(
    start: tuple[str, ...], package: str, tmp_path: Path
) -> None:
    file = tmp_path / f"{package}.py"
    file.write_text("print('it is not for us to run')\n")
    done = call(tmp_path, *start, "truth", "--region", "a=1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"mfh: mfh needs its package `{package}`, but {file} is in its place; "
        "rename it or run from another folder\n"
    )


@pytest.mark.parametrize("arguments", ["truth -h", "store", "draw"])
def test_python_m_mfh_is_mfh(arguments: str, tmp_path: Path) -> None:
    (tmp_path / "plots.py").write_text("raise SystemExit('nobody asked for it')\n")
    script, module = (call(tmp_path, *s, *arguments.split()) for s in (SCRIPT, ("-m", "mfh")))
    assert script.returncode == module.returncode == (0 if arguments.endswith("-h") else 2)
    assert (script.stdout, script.stderr) == (module.stdout, module.stderr)
    said = script.stdout + script.stderr
    assert said.startswith(("Usage: mfh ", "mfh: No such command 'draw'"))
