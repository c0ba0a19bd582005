"""``mfh truth`` prints and writes what a population says of itself."""

import dataclasses
import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from synth import Evidence, Hyperplane, ObservationNoise, Parity, Population, Quadratic
from synth import RandomNetwork as Network
from tests.mfh.commands.sweeps import Command
from venn import VennDiagram, canonical

CALL = "truth --region a=1 --region b=3 --region b&a=2 --hidden 2 --noise a=4"
DIAGRAM = VennDiagram({"a": 1, "b": 3, "a&b": 2}, hidden=2, noise={"a": 4})
SHARED = Evidence(regions=("a&b",))
ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "hyperplane": ("--flip 0.1", {"rule": Hyperplane(flip=0.1)}),
    "classes": ("--classes 3", {"rule": Hyperplane(classes=3)}),
    "temperature": ("--temperature 0.5", {"rule": Hyperplane(temperature=0.5)}),
    "noise": ("--observation-noise b=0.25", {"views": {"b": ObservationNoise(0.25)}}),
    "quadratic": ("--rule quadratic", {"rule": Quadratic()}),
    "parity": (
        "--rule parity --classes 3 --flip 0.1",
        {"rule": Parity(("a", "b"), classes=3, flip=0.1)},
    ),
    "network": ("--rule network --seed 3", {"rule": Network(seed=3)}),
}


def number(value: float, error: float, digits: int) -> str:
    return f"{value:.{digits}f}" + (f" ± {error:.{digits}f}" if error else "")


@pytest.mark.parametrize(("options", "made"), ASKED.values(), ids=ASKED)
def test_it_prints_and_writes_the_truth_of_the_population_that_was_asked_for(
    options: str, made: dict[str, Any], call: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synth.montecarlo.INNER", 4)  # rough, but fast
    seed = 3 if "seed" in options else 0
    population = Population(DIAGRAM, **made)
    seen: dict[str, tuple[Any, int]] = {
        "a": ("a", 3),
        "b": ("b", 5),
        "a ∪ b": (("a", "b"), 6),
        f"general (a&b){', without noise' if 'views' in made else ''}": (SHARED, 2),
    }
    truths = {name: population.truth(what, seed=seed) for name, (what, _) in seen.items()}
    parts = population.information_diagram(seed=seed)

    status, out, err = call(*f"{CALL} {options}".split(), "--out", "new/x.json")
    assert (status, err) == (0, "")
    head, *lines, empty, last = out.splitlines()
    assert re.split(" {2,}", head) == ["seen", "features", "Bayes accuracy, %", "information, bits"]
    assert {len(line) for line in lines} == {len(head)}
    assert [re.split(" {2,}", line) for line in lines] == [
        [
            name,
            f"{features} of 8",
            number(100 * truths[name].score + 0.0, 100 * truths[name].score_error, 2),
            number(truths[name].information + 0.0, truths[name].information_error, 4),
        ]
        for name, (_, features) in seen.items()
    ]
    assert (empty, last) == (
        "",
        f"Of the label's {parts.entropy:.4f} bits both know {parts.total:.4f}: "
        f"general {parts.general:.4f}, a alone {parts.teacher_specific:.4f}, "
        f"b alone {parts.student_specific:.4f}, synergy {parts.synergy:.4f}"
        + (f" (each ± {parts.error:.4f})" if parts.error else ""),
    )
    assert [path.name for path in Path("new").iterdir()] == ["x.json"]
    assert json.loads(Path("new/x.json").read_text(encoding="utf-8")) == {
        "population": canonical(population),
        "seed": seed,
        "version": version("modality-venn"),
        "truth": {name: dataclasses.asdict(each) for name, each in truths.items()},
        "information diagram": dataclasses.asdict(parts),
    }


def test_its_table_has_the_same_numbers_and_the_modalities_their_names(call: Command) -> None:
    names = "--modalities audio video --region audio=2 --region video=1"
    assert call("truth", *names.split(), "--out", "x.csv")[0] == 0
    population = Population(VennDiagram({"audio": 2, "video": 1}, modalities=("audio", "video")))
    table = pd.read_csv("x.csv").set_index("seen")
    assert list(table.index) == ["audio", "video", "audio ∪ video", "general (audio&video)"]
    assert table.loc["video", "score"] == population.truth("video").score
