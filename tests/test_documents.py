"""What the documents say is what the commands do: each is run, and its numbers compared."""

import functools
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from _modality_venn.packages import PACKAGES
from analysis import Store
from analysis.claims import CLAIMS
from analysis.verdicts import BUDGETS, PAPER
from analysis.verdicts.verification import measured, planned

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    pytest.param(path, id=path.name, marks=() if path.name == "README.md" else pytest.mark.slow)
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
]
"""README, which every run of the tests goes through, and the others, which train for minutes."""


def blocks(document: Path, language: str) -> list[str]:
    pattern = rf"^```{language}\n(.*?)^```"
    return re.findall(pattern, document.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


LONG = {
    "make test": "runs this",
    "make mutants": "takes an hour",
    "make bench": "takes seven minutes of a quiet machine",
    "mfh sweep --path gamma --points 11 --seeds 200 "
    "--arms no_kd,kd,um_kd,kd_shuffled,hard_label,kd_oracle --store knowledge.db": "takes minutes",
}
"""Commands of the documents that no test runs to their end, and why."""


def commands(document: Path) -> list[str]:
    lines = [line for block in blocks(document, "console") for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


@functools.cache
def made(target: str) -> str:
    """Run make and return what it prints; several documents show it."""
    if not (ROOT / ".venv").exists():
        pytest.skip("these tests run outside the environment that make sets up")
    with tempfile.TemporaryDirectory() as folder:
        return call(["make", target, f"OUT={folder}/out"], ROOT)


@functools.cache
def outputs(document: Path) -> dict[str, str]:
    """Run a document's commands in one folder, in its order, and return what each prints.

    Its TOML is there as the ``sweep.toml`` that its text tells the reader to save, its Python under
    the names in first lines.
    """
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for text in blocks(document, "toml"):
            (Path(folder) / "sweep.toml").write_text(text, encoding="utf-8")
        for text in blocks(document, "python"):
            if named := re.match(r"# (\w+\.py)\n", text):
                (Path(folder) / named[1]).write_text(text, encoding="utf-8")
        for command in commands(document):
            name, *arguments = shlex.split(command)
            if command in LONG:
                arguments.append("--dry-run")
            if name == "make":
                found[command] = "" if command in LONG else made(*arguments)
            elif name == "python":
                found[command] = call([sys.executable, *arguments], Path(folder))
            elif command.startswith(ALONE):
                found[command] = alone(command)
            else:
                assert name == "mfh", command
                found[command] = mfh(arguments, Path(folder))
    return found


ALONE = ("mfh verify", "mfh lecture --out")
"""Commands that need no file of another one; several documents show them."""


@functools.cache
def alone(command: str) -> str:
    """Run a command in a folder of its own, and return what it prints."""
    with tempfile.TemporaryDirectory() as folder:
        return mfh(shlex.split(command)[1:], Path(folder))


def mfh(arguments: list[str], folder: Path) -> str:
    return call(
        [sys.executable, "-c", "from mfh.command_line import main; main()", *arguments], folder
    )


def call(command: list[str], folder: Path) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "MAKEFLAGS"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_runs(document: Path) -> None:
    for command, printed in outputs(document).items():
        assert printed or command in LONG, command


def test_a_plot_of_ones_own_loss_beside_its_controls_takes_fifteen_lines() -> None:
    first, *_ = blocks(ROOT / "docs" / "methods.md", "python")
    assert len(first.splitlines()) <= 15
    assert {"kd_shuffled", "sweep_curves"} <= set(re.findall(r"\w+", first))


NUMBER = re.compile(r"[-+]?\d+\.\d+")


def tables(text: str) -> dict[str, list[list[float]]]:
    """Return the numbers of each row below each title ``Figure N: … (… protocol, …)``."""
    result: dict[str, list[list[float]]] = {}
    rows: list[list[float]] = []
    for line in text.splitlines():
        if re.match(r"Figure \d: .* protocol, ", line):
            rows = result.setdefault(line, [])
        elif re.match(r"\s+\d\.\d\d ", line):
            rows.append([float(number) for number in NUMBER.findall(line)])
    return result


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_printed_is_what_the_commands_print(document: Path) -> None:
    """Tables to 0.1 points, as machines round; truths, which are exact, letter by letter."""
    printed = outputs(document).values()
    measured = {title: rows for text in printed for title, rows in tables(text).items()}
    for block in blocks(document, "text"):
        assert not block.startswith("seen ") or block in printed
        for title, rows in tables(block).items():
            assert 5 <= len(rows) <= len(measured[title])  # differences may be left out
            for documented, found in zip(rows, measured[title], strict=False):
                assert documented == pytest.approx(found, abs=0.1)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_python_block_runs(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for block in blocks(document, "python"):
        if re.match(r"# \w+\.py\n", block):  # a file, which the document's commands use
            continue
        exec(compile(block, str(document), "exec"), {})
        assert capsys.readouterr().out


def test_every_link_leads_somewhere() -> None:
    notebook = ROOT / "docs" / "lecture.ipynb"
    for document in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"), notebook):
        for target in re.findall(r"\]\(([^)]+)\)", document.read_text(encoding="utf-8")):
            there = target.startswith("https://") or (document.parent / target).exists()
            assert there, (document, target)


def points_of(printed: str, figure: str, points: int) -> list[list[float]]:
    """Return share, teacher, paper, no_kd, paper, kd, paper, gain, low, high, paper a point."""
    found = tables(printed)
    (rows,) = (rows for title, rows in found.items() if title.startswith(figure))
    gains = rows[points : 2 * points]
    return [row + gain[1:] for row, gain in zip(rows[:points], gains, strict=True)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("figure", "points", "tolerance"), [("Figure 2", 6, 0.5), ("Figure 3", 5, 1.2)]
)
def test_published_gives_the_curves_of_the_paper(
    figure: str, points: int, tolerance: float
) -> None:
    """100 seeds, delta = 1: within 0.5 points of Figure 2 as read off, 1.2 of Figure 3."""
    printed = outputs(ROOT / "docs" / "protocols.md")["mfh reproduce --protocol published"]
    for row in points_of(printed, figure, points):
        for ours, paper in ((1, 2), (3, 4), (5, 6), (7, 10)):
            assert abs(row[ours] - row[paper]) < tolerance


def test_synthetic_shows_the_two_shapes() -> None:
    """100 seeds: the gain rises from below 0 to above 0 along gamma; along alpha it falls."""
    gamma = points_of(made("reproduce"), "Figure 2", 6)
    alpha = points_of(made("reproduce"), "Figure 3", 5)
    gains = [row[7] for row in gamma]
    assert gains == sorted(gains)
    assert gamma[0][9] < 0 < gamma[-1][8]
    teachers, gains = [row[1] for row in alpha], [row[7] for row in alpha]
    assert teachers == sorted(teachers)
    assert alpha[-1][9] < alpha[0][8]
    assert gains == sorted(gains, reverse=True)


def test_the_map_names_every_module_and_no_other() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = dict(re.findall(r"^\| \*\*([\w/]+)/\*\* \|.*\|(.*)\|$", text, re.MULTILINE))
    named = [
        f"{room}/{module}"
        for room, modules in rooms.items()
        for module in re.findall(r"`(\w+\.py)`", modules)
    ]
    files = [
        file for package in ("_modality_venn", *PACKAGES) for file in (ROOT / package).rglob("*.py")
    ]
    there = [str(file.relative_to(ROOT)) for file in files if file.name != "__init__.py"]
    assert len(named) == len(set(named)) == len(set(named) & set(there))
    rest = {str(Path(file).parent) for file in set(there) - set(named)}
    assert rest <= {room for room, modules in rooms.items() if "a file a" in modules}


VERDICTS = json.loads((ROOT / "docs" / "verdicts.json").read_text(encoding="utf-8"))


def test_the_readme_shows_the_verdicts_of_the_record() -> None:
    (block,) = (b for b in blocks(ROOT / "README.md", "text") if b.startswith("claim "))
    table = block.split("\n\n", maxsplit=1)[0]
    rows = {line.split()[0]: line for line in table.splitlines()[1:]}
    assert list(rows) == [claim["name"] for claim in VERDICTS["claims"]]
    assert set(rows) <= set(CLAIMS)
    assert len(VERDICTS["configuration"]["seeds"]) == BUDGETS["paper"]
    for claim in VERDICTS["claims"]:
        row, first = rows[claim["name"]], claim["worlds"][0]
        part = first["parts"][0]
        holds = sum(world["verdict"] == "supported" for world in claim["worlds"])
        assert row.split()[1] == first["verdict"]
        assert f"{holds} of {len(claim['worlds'])}" in row
        shown = [float(n) for n in re.findall(r"[+-]\d+\.\d+", row.replace("−", "-"))]
        assert shown[:3] == pytest.approx([part["mean"], part["low"], part["high"]], abs=0.006)


@pytest.mark.slow
def test_the_record_is_what_its_command_measures() -> None:
    """One claim in one world, with all of its seeds; to 0.1 points, as machines round."""
    claim, seeds = CLAIMS["mfh-gamma"], VERDICTS["configuration"]["seeds"]
    values = claim.values(measured(claim, planned(claim, PAPER, seeds), Store()))
    recorded = next(each for each in VERDICTS["claims"] if each["name"] == claim.name)
    for part in recorded["worlds"][0]["parts"]:
        assert values[part["name"]].mean() == pytest.approx(part["mean"], abs=0.1)
