"""The command line, in this process where what it prints matters, else as a process."""

import contextlib
import dataclasses
import json
import os
import shlex
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click
import pandas as pd
import pytest
import torch
import tqdm

from mfh import command_line
from synth import (
    Hyperplane,
    ObservationNoise,
    Parity,
    Population,
    Quadratic,
    RandomNetwork,
    Rule,
)
from tests.mfh.commands.warm import PATIENCE, until
from venn import VennDiagram, canonical
from venn.interrupts import STOPS

COMMAND = [sys.executable, "-c", "from mfh.command_line import main; main()"]


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """Leave what this process does of signals as it was."""
    before, hook = {each: signal.getsignal(each) for each in STOPS}, sys.unraisablehook
    yield
    for each, handler in before.items():
        signal.signal(each, handler)
    sys.unraisablehook = hook


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["mfh", *arguments])
    try:
        command_line.main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


REGIONS = ("--region", "a=10", "--region", "b=10")
BAD: dict[str, tuple[tuple[str, ...], str]] = {
    "unknown figure": (
        ("reproduce", "figure9"),
        "mfh: NAME figure9: is unknown; known: figure2, figure3",
    ),
    "unknown figure after a known one": (
        ("reproduce", "figure2", "figure9"),
        "mfh: NAME figure9: is unknown; known: figure2, figure3",
    ),
    "unknown protocol": (
        ("reproduce", "--protocol", "x"),
        "mfh: --protocol x: is not for figure2, which has synthetic, published, released",
    ),
    "no seeds": (
        ("reproduce", "--seeds", "0"),
        "mfh: --seeds 0: must be a whole number of at least 1",
    ),
    "fractional seeds": (
        ("reproduce", "--seeds", "2.5"),
        "mfh: --seeds 2.5: must be a whole number of at least 1",
    ),
    "seeds no number": (
        ("reproduce", "--seeds", "many"),
        "mfh: --seeds many: must be a whole number of at least 1",
    ),
    "negative width": (
        ("reproduce", "--width", "-1"),
        "mfh: --width -1: must be a whole number of at least 0",
    ),
    "width of released": (
        ("reproduce", "--protocol", "released", "--width", "64"),
        "mfh: --width 64: is not for this protocol, which replays a released script",
    ),
    "unknown device": (
        ("reproduce", "--device", "tpu"),
        "mfh: --device tpu: is unknown; known: auto, cpu, cuda",
    ),
    "no cuda": (
        ("reproduce", "--device", "cuda"),
        "mfh: --device cuda: no CUDA device was found; use 'cpu' or 'auto'",
    ),
    "out is a file": (
        ("reproduce", "--out", "taken"),
        "mfh: --out taken: needs a folder that can be written (File exists)",
    ),
    "out below a file": (
        ("reproduce", "--out", "taken/x"),
        "mfh: --out taken/x: needs a folder that can be written (Not a directory)",
    ),
    "out is empty": (
        ("reproduce", "--out", ""),
        "mfh: --out : must name a folder; '.' is this one",
    ),
    "too many seeds": (
        ("reproduce", "--seeds", "99999999999999999999"),
        "mfh: --seeds 99999999999999999999: must be at most 1000000000",
    ),
    "too large a count": (
        ("diagram", "--region", "a=99999999999999999999", "--out", "x.svg"),
        "mfh: --region a=99999999999999999999: must be at most 1000000000",
    ),
    "two lines": (
        ("reproduce", "--seeds", "1\n2"),
        "mfh: --seeds 1 2: must be a whole number of at least 1",
    ),
    "name with a quote": (
        ("diagram", "--modalities", "a'", "b", "--region", "a'=-1", "--out", "x.svg"),
        "mfh: --region a'=-1: must be a whole number of at least 0",
    ),
    "unknown option": (("reproduce", "--sedes", "3"), "mfh: No such option '--sedes'"),
    "unknown command": (("draw",), "mfh: No such command 'draw'"),
    "negative count": (
        ("diagram", "--region", "a=-1", "--out", "x.svg"),
        "mfh: --region a=-1: must be a whole number of at least 0",
    ),
    "fractional count": (
        ("diagram", "--region", "a=2.5", "--out", "x.svg"),
        "mfh: --region a=2.5: must be a whole number of at least 0",
    ),
    "unknown modality": (
        ("diagram", "--region", "a&c=3", "--out", "x.svg"),
        "mfh: --region a&c: names the unknown modality 'c'; known modalities: a, b",
    ),
    "region twice": (
        ("diagram", "--region", "a=3", "--region", "a=4", "--out", "x.svg"),
        "mfh: --region a=4: is given twice",
    ),
    "no count": (
        ("diagram", "--region", "a", "--out", "x.svg"),
        "mfh: Invalid value for '--region': 'a' must be NAME=NUMBER, such as a=10",
    ),
    "empty diagram": (
        ("diagram", "--region", "a=0", "--noise", "a=1", "--noise", "b=1", "--out", "x.svg"),
        "mfh: --region a=0: must hold at least one decisive feature that a modality sees",
    ),
    "no region": (
        ("diagram", "--out", "x.svg"),
        "mfh: --region: must hold at least one decisive feature that a modality sees",
    ),
    "modality without channels": (
        ("diagram", "--region", "a=3", "--out", "x.svg"),
        "mfh: --region a=3: modality 'b' has no channels; give it decisive features or noise",
    ),
    "negative hidden": (
        ("diagram", *REGIONS, "--hidden", "-2", "--out", "x.svg"),
        "mfh: --hidden -2: must be a whole number of at least 0",
    ),
    "noise of an unknown modality": (
        ("diagram", *REGIONS, "--noise", "c=1", "--out", "x.svg"),
        "mfh: --noise c=1: names the unknown modality 'c'; known modalities: a, b",
    ),
    "negative noise": (
        ("diagram", *REGIONS, "--noise", "a=-1", "--out", "x.svg"),
        "mfh: --noise a=-1: must be a whole number of at least 0",
    ),
    "equal modalities": (
        ("diagram", *REGIONS, "--modalities", "a", "a", "--out", "x.svg"),
        "mfh: --modalities a a: must be 2 to 12 distinct printable names without '&', '=' or spaces, and not "
        "'hidden'",
    ),
    "no out": (("diagram", *REGIONS), "mfh: Missing option '--out'."),
    "unknown format": (
        ("diagram", *REGIONS, "--out", "x.jpg"),
        "mfh: --out x.jpg: must end in .png, .svg or .pdf",
    ),
    "out below a file, diagram": (
        ("diagram", *REGIONS, "--out", "taken/x.svg"),
        "mfh: --out taken/x.svg: needs a folder that can be written (File exists)",
    ),
    "no region, truth": (
        ("truth",),
        "mfh: --region: must hold at least one decisive feature that a modality sees",
    ),
    "unknown modality, truth": (
        ("truth", "--region", "a&c=3"),
        "mfh: --region a&c: names the unknown modality 'c'; known modalities: a, b",
    ),
    "unknown rule": (
        ("truth", *REGIONS, "--rule", "x"),
        "mfh: --rule x: is unknown; known: hyperplane, network, parity, quadratic",
    ),
    "rule without classes": (
        ("truth", *REGIONS, "--rule", "linear"),
        "mfh: --rule linear: is unknown; known: hyperplane, network, parity, quadratic",
    ),
    "one class": (
        ("truth", *REGIONS, "--classes", "1"),
        "mfh: --classes 1: must be a whole number of at least 2",
    ),
    "fractional classes": (
        ("truth", *REGIONS, "--classes", "2.5"),
        "mfh: --classes 2.5: must be a whole number of at least 2",
    ),
    "too many flips": (
        ("truth", *REGIONS, "--flip", "0.6"),
        "mfh: --flip 0.6: must be at most 0.5: 2 classes are then pure chance",
    ),
    "flips no number": (
        ("truth", *REGIONS, "--flip", "some"),
        "mfh: --flip some: must be a finite number of at least 0",
    ),
    "negative temperature": (
        ("truth", *REGIONS, "--temperature", "-1"),
        "mfh: --temperature -1: must be a finite number of at least 0",
    ),
    "parity with a temperature": (
        ("truth", *REGIONS, "--rule", "parity", "--temperature", "1"),
        "mfh: --temperature 1: is not for parity; use --flip",
    ),
    "negative seed of a network": (
        ("truth", *REGIONS, "--rule", "network", "--seed", "-1"),
        "mfh: --seed -1: must be a whole number of at least 0",
    ),
    "observation noise twice": (
        ("truth", *REGIONS, *("--observation-noise", "a=1", "--observation-noise", "a=2")),
        "mfh: --observation-noise a=2: is given twice",
    ),
    "observation noise without a number": (
        ("truth", *REGIONS, "--observation-noise", "a"),
        "mfh: Invalid value for '--observation-noise': 'a' must be NAME=NUMBER, such as a=10",
    ),
}
# What is expected of them, but not what they do; the reason says what they do instead.
BAD_TRUTHS: dict[str, tuple[tuple[str, ...], str]] = {
    "out below a file, truth": (
        ("truth", *REGIONS, "--out", "taken/x.json"),
        "mfh: --out taken/x.json: needs a folder that can be written (File exists)",
    ),
    "out is empty, truth": (
        ("truth", *REGIONS, "--out", ""),
        "mfh: --out : must end in .json, .csv, .md or .tex",
    ),
    "negative seed": (
        ("truth", *REGIONS, "--seed", "-1"),
        "mfh: --seed -1: must be a whole number of at least 0",
    ),
    "negative seed of Monte Carlo": (
        ("truth", *REGIONS, "--rule", "quadratic", "--temperature", "1", "--seed", "-1"),
        "mfh: --seed -1: must be a whole number of at least 0",
    ),
    "observation noise of an unknown modality": (
        ("truth", *REGIONS, "--observation-noise", "c=1"),
        "mfh: --observation-noise c=1: names the unknown modality 'c'; known modalities: a, b",
    ),
    "no observation noise": (
        ("truth", *REGIONS, "--observation-noise", "a=0"),
        "mfh: --observation-noise a=0: must be a finite number of at least 1e-06",
    ),
    "parity of a region without features": (
        ("truth", "--region", "a=3", "--noise", "b=1", "--rule", "parity"),
        "mfh: --rule parity of a,b: region 'b' has no feature in this diagram; its bit needs one",
    ),
}
CALLS = {**BAD, **BAD_TRUTHS}


@pytest.mark.parametrize(("arguments", "line"), CALLS.values(), ids=CALLS)
def test_bad_calls_get_one_line_and_status_2_and_leave_nothing(
    arguments: tuple[str, ...],
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    (tmp_path / "taken").write_text("a file")
    assert call(monkeypatch, *arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(line)
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_reproduce_prints_tables_and_writes_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ("--seeds", "2", "--width", "2", "--device", "cpu", "--out", "some/where")
    assert call(monkeypatch, "reproduce", *options) == 0
    out, err = capsys.readouterr()
    assert err == ""  # no progress bar where nobody watches
    assert "Figure 2" in out
    assert "Figure 3" in out
    written = sorted(path.name for path in (tmp_path / "some" / "where").iterdir())
    suffixes = ("-runs.csv", ".csv", ".json", ".md", ".pdf", ".png", ".svg", ".tex")
    assert written == [f"figure{n}{suffix}" for n in (2, 3) for suffix in suffixes]
    assert (pd.read_csv(tmp_path / "some/where/figure2.csv")["seeds"] == 2).all()


def test_the_same_call_gives_the_same_bytes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for folder in ("one", "two"):
        options = ("--seeds", "2", "--width", "2", "--device", "cpu", "--out")
        assert call(monkeypatch, "reproduce", "figure3", *options, str(tmp_path / folder)) == 0
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name


def test_diagram_draws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    regions = ("--region", "audio=10", "--region", "video=10", "--region", "audio&video=5")
    options = ("--modalities", "audio", "video", "--hidden", "3", "--noise", "audio=4")
    assert call(monkeypatch, "diagram", *regions, *options, "--out", "new/x.svg") == 0
    text = (tmp_path / "new" / "x.svg").read_text()
    assert "γ = 0.20: 5 seen by both audio and video" in text
    assert "hidden: 3 seen by neither" in text
    assert "audio (teacher): 15 decisive + 4 noise channels" in text
    assert '"hidden": 3' in text  # what made it, in the metadata
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["x.svg"]


def test_a_name_may_hold_a_dollar_sign(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    options = ("--modalities", r"$\x$", "b", "--region", r"$\x$=10", "--region", "b=1")
    assert call(monkeypatch, "diagram", *options, "--out", "x.svg") == 0
    assert r"$\x$ (teacher): 10 decisive" in (tmp_path / "x.svg").read_text()


PAPER = ("--region", "a=10", "--region", "b=10", "--region", "a&b=5", "--hidden", "5")
TRUTHS: dict[str, tuple[tuple[str, ...], dict[str, str], str]] = {
    "hyperplane": (
        (),
        {
            "a": "15 of 30 75.00 0.2787",
            "b": "15 of 30 75.00 0.2787",
            "a ∪ b": "25 of 30 86.61 0.5782",
            "general (a&b)": "5 of 30 63.39 0.0809",
        },
        "Of the label's 1.0000 bits both know 0.5782: "
        "general 0.0809, a alone 0.1977, b alone 0.1977, synergy 0.1018",
    ),
    "parity": (
        ("--rule", "parity"),
        {
            "a": "15 of 30 50.00 0.0000",
            "b": "15 of 30 50.00 0.0000",
            "a ∪ b": "25 of 30 100.00 1.0000",
            "general (a&b)": "5 of 30 50.00 0.0000",
        },
        "Of the label's 1.0000 bits both know 1.0000: "
        "general 0.0000, a alone 0.0000, b alone 0.0000, synergy 1.0000",
    ),
    "flips": (
        ("--flip", "0.1"),
        {
            "a": "15 of 30 70.00 0.1663",
            "b": "15 of 30 70.00 0.1663",
            "a ∪ b": "25 of 30 79.29 0.3245",
            "general (a&b)": "5 of 30 60.71 0.0507",
        },
        "Of the label's 1.0000 bits both know 0.3245: "
        "general 0.0507, a alone 0.1155, b alone 0.1155, synergy 0.0427",
    ),
    "temperature": (
        ("--temperature", "0.5"),
        {
            "a": "15 of 30 68.09 0.1464",
            "b": "15 of 30 68.09 0.1464",
            "a ∪ b": "25 of 30 74.57 0.2648",
            "general (a&b)": "5 of 30 60.04 0.0455",
        },
        "Of the label's 1.0000 bits both know 0.2648: "
        "general 0.0455, a alone 0.1009, b alone 0.1009, synergy 0.0175",
    ),
    "classes": (
        ("--classes", "3"),
        {
            "a": "15 of 30 58.86 0.3683",
            "b": "15 of 30 58.86 0.3683",
            "a ∪ b": "25 of 30 75.93 0.8284",
            "general (a&b)": "5 of 30 45.93 0.1024",
        },
        "Of the label's 1.5850 bits both know 0.8284: "
        "general 0.1024, a alone 0.2659, b alone 0.2659, synergy 0.1943",
    ),
    "observation noise": (
        ("--observation-noise", "a=0.5"),
        {
            "a": "15 of 30 71.80 0.2129",
            "b": "15 of 30 75.00 0.2787",
            "a ∪ b": "25 of 30 83.95 0.5022",
            "general (a&b), without noise": "5 of 30 63.39 0.0809",
        },
        "Of the label's 1.0000 bits both know 0.5022: "
        "general 0.0640, a alone 0.1489, b alone 0.2146, synergy 0.0746",
    ),
}


@pytest.mark.parametrize(("options", "rows", "parts"), TRUTHS.values(), ids=TRUTHS)
def test_truth_prints_what_can_be_known(
    options: tuple[str, ...],
    rows: dict[str, str],
    parts: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """1/2 + asin(√(seen / decisive)) / π for the hyperplane, and 1 - 2 ε of the gain with flips."""
    assert call(monkeypatch, "truth", *PAPER, *options) == 0
    out, err = capsys.readouterr()
    assert err == ""
    head, *lines, empty, last = out.splitlines()
    assert head.split() == ["seen", "features", "Bayes", "accuracy,", "%", "information,", "bits"]
    assert {len(line) for line in (head, *lines)} == {len(head)}
    width = head.index("features") - 2
    found = {line[:width].rstrip(): line[width:] for line in lines}
    assert {name: " ".join(row.split()) for name, row in found.items()} == rows
    assert (empty, last) == ("", parts)


def test_truth_that_is_estimated_has_its_error_and_is_the_same_every_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("synth.montecarlo.INNER", 4)  # rough, but fast
    options = ("--region", "a=2", "--region", "b=1", "--rule", "network", "--seed")
    printed = []
    for seed in ("3", "3", "4"):
        assert call(monkeypatch, "truth", *options, seed) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] != printed[2]
    _, first, *_, last = printed[0].splitlines()
    assert first.count(" ± ") == 2
    assert "(each ± " in last


def test_truth_names_the_modalities_as_they_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("--modalities", "audio", "video", "--noise", "audio=4")
    regions = ("--region", "audio=10", "--region", "video&audio=5", "--region", "video=1")
    assert call(monkeypatch, "truth", *names, *regions) == 0
    out, _ = capsys.readouterr()
    assert "\naudio ∪ video          16 of 16             100.00             1.0000\n" in out
    assert "\ngeneral (audio&video)   5 of 16" in out
    assert "audio alone" in out.splitlines()[-1]


def test_truth_of_four_classes_of_parity(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--rule", "parity", "--classes", "4", "--flip", "0.1")
    assert call(monkeypatch, "truth", *PAPER, *options) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[-2:] == ["25.00", "0.0000"]
    assert lines[3].split()[-2] == "90.00"


def test_truth_writes_numbers_and_what_made_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, "truth", *PAPER) == 0
    printed = capsys.readouterr().out
    options = ("--seed", "7", "--out", "new/x.json")
    assert call(monkeypatch, "truth", *PAPER, *options) == 0
    assert capsys.readouterr().out == printed
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["x.json"]
    text = (tmp_path / "new" / "x.json").read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert '  "a ∪ b"' in text  # as it is, not escaped
    result = json.loads(text)
    assert list(result) == ["population", "seed", "version", "truth", "information diagram"]
    population = Population(VennDiagram({"a": 10, "b": 10, "a&b": 5}, hidden=5))
    assert result["population"] == canonical(population)
    assert (result["seed"], result["version"]) == (7, version("modality-venn"))
    assert list(result["truth"]) == ["a", "b", "a ∪ b", "general (a&b)"]
    both = population.truth(("a", "b"))
    assert result["truth"]["a ∪ b"] == dataclasses.asdict(both)
    assert result["truth"]["a"]["score"] == pytest.approx(0.75, abs=1e-12)
    assert result["truth"]["a"]["method"] == "exact"
    parts = population.information_diagram()
    assert result["information diagram"] == dataclasses.asdict(parts)


def test_truth_writes_the_rule_and_the_views_that_were_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out = tmp_path / "x.json"
    options = ("--classes", "3", "--flip", "0.1", "--temperature", "0.5")
    noise = ("--observation-noise", "b=0.25", "--noise", "a=2")
    assert call(monkeypatch, "truth", *PAPER, *options, *noise, "--out", str(out)) == 0
    population = Population(
        VennDiagram({"a": 10, "b": 10, "a&b": 5}, hidden=5, noise={"a": 2}),
        Hyperplane(classes=3, flip=0.1, temperature=0.5),
        {"b": ObservationNoise(0.25)},
    )
    result = json.loads(out.read_text())
    assert result["population"] == canonical(population)
    assert result["seed"] == 0


RULES: dict[str, tuple[tuple[str, ...], Rule]] = {
    "quadratic": (("--classes", "3", "--flip", "0.1"), Quadratic(classes=3, flip=0.1)),
    "parity": (("--classes", "3", "--flip", "0.1"), Parity(("a", "b"), classes=3, flip=0.1)),
    "network": (("--seed", "3"), RandomNetwork(seed=3)),
}


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_can_be_asked_for(
    rule: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("synth.montecarlo.INNER", 4)  # rough, but fast
    options, made = RULES[rule]
    regions, out = ("--region", "a=1", "--region", "b=1"), tmp_path / "x.json"
    assert call(monkeypatch, "truth", *regions, "--rule", rule, *options, "--out", str(out)) == 0
    assert json.loads(out.read_text())["population"]["rule"] == canonical(made)


@pytest.mark.parametrize(
    "arguments",
    [
        *((), ("--help",), ("reproduce", "-h"), ("diagram", "-h"), ("truth", "-h")),
        *(("sweep", "-h"), ("plot", "-h"), ("store",), ("store", "-h"), ("store", "export", "-h")),
    ],
    ids=" ".join,
)
def test_help(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(monkeypatch, *arguments) == (0 if arguments and arguments != ("store",) else 2)


@pytest.mark.parametrize("command", ["diagram", "truth"])
def test_the_example_of_the_help_runs(
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, command, "-h") == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    example = shlex.split(lines[lines.index("For example:") + 2])
    assert example[:2] == ["mfh", command]
    assert call(monkeypatch, *example[1:]) == 0


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from mfh import command_line; sys.argv = ['mfh', '--help']\n"
        "try: command_line.main()\n"
        "finally: print([m for m in ('torch', 'numpy', 'matplotlib', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_finished_figures_and_leaves_nothing_half_written(
    stop: signal.Signals, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    options = ["--device", "cpu", "--out", str(out)]
    subprocess.run([*COMMAND, "reproduce", "figure3", "--seeds", "1", *options], check=True)
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    process = subprocess.Popen(
        [*COMMAND, "reproduce", "figure3", "--seeds", "3000", *options],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    until(lambda: list(out.glob(".mfh-*")) or process.poll() is not None)  # the work begins
    time.sleep(0.5)
    process.send_signal(stop)
    stdout, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert stdout == ""
    assert stderr.strip().splitlines()[-1].startswith("mfh: interrupted")
    assert "Traceback" not in stderr
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


INTERRUPTED = {
    "reproduce": ("figure3", "--seeds", "1", "--width", "2"),
    "sweep": ("--points", "2", "--seeds", "1", "--width", "2", "--store", "out"),
    "verify": ("mfh-linear", "--seeds", "2"),
    "calibrate": ("mfh-linear", "--seeds", "30", "--repeats", "1", "--pool", "30"),
}


@pytest.mark.parametrize("command", INTERRUPTED)
def test_who_is_interrupted_over_and_over_stops_in_order_once(
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """At work, as the work is put away, and as that is said."""
    heard, say = [], click.echo

    def stop(number: signal.Signals) -> None:
        heard.append(number)
        signal.raise_signal(number)

    class Bar(tqdm.tqdm):  # type: ignore[type-arg]  # it takes none as it runs
        def update(self, n: float | None = 1) -> None:
            stop(signal.SIGINT)
            super().update(n)

        def close(self) -> None:
            if len(heard) == 1:  # it is closed again as it is forgotten
                stop(signal.SIGTERM)
            super().close()

    def echo(line: str, err: bool = False) -> None:
        if err:
            stop(signal.SIGINT)
        say(line, err=err)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tqdm, "tqdm", Bar)
    monkeypatch.setattr(click, "echo", echo)
    try:
        status = call(monkeypatch, command, *INTERRUPTED[command])
    except KeyboardInterrupt:
        pytest.fail("an interrupt got through")
    assert status == 130
    assert heard == [signal.SIGINT, signal.SIGTERM, signal.SIGINT]
    line = capsys.readouterr().err.strip()
    assert line.startswith("mfh: interrupted; ")
    assert "\n" not in line
    assert {path.name for path in tmp_path.iterdir()} <= {"out"}


AT = """
import atexit, os, signal, sys

moment = sys.argv.pop(1)

def stop():
    for _ in range(3):
        os.kill(os.getpid(), signal.SIGINT)

class Finder:
    def find_spec(name, *_):
        if name == moment and "mfh" in sys.modules:  # it is being imported
            stop()

if moment == "exit":
    atexit.register(stop)
sys.meta_path.insert(0, Finder)
from _modality_venn.command import main
main()
"""


@pytest.mark.parametrize(
    ("moment", "status", "said"),
    [
        ("venn", 130, "mfh: interrupted; nothing had begun\n"),
        ("numpy", 130, "mfh: interrupted; nothing is half-written, and what was finished is kept"),
        ("exit", 0, ""),
    ],
)
def test_ctrl_c_is_quiet_as_the_command_starts_and_as_it_ends(
    moment: str, status: int, said: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AT, moment, "truth", *PAPER],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.strip()) == (status, said.strip())


def test_a_terminal_sees_progress(tmp_path: Path) -> None:
    leader, follower = os.openpty()
    termios.tcsetwinsize(follower, (24, 80))
    process = subprocess.Popen(
        [*COMMAND, "reproduce", "figure3", "--seeds", "2", "--width", "2", "--out", str(tmp_path)],
        stderr=follower,
        stdout=subprocess.DEVNULL,
    )
    os.close(follower)
    seen = b""
    with contextlib.suppress(OSError):  # a closed terminal ends the reading
        while chunk := os.read(leader, 4096):
            seen += chunk
    os.close(leader)
    assert process.wait(timeout=PATIENCE) == 0
    assert b"figure3" in seen
    assert b"22/22" in seen  # 11 networks: the student alone is the same at every point
