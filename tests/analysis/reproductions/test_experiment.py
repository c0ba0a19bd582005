import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from analysis import (
    FIGURES,
    PAPER_ARMS,
    Optimiser,
    Synthetic,
    differences,
    experiment,
    reproduce,
)
from venn import ArgumentError


@pytest.mark.parametrize("name", FIGURES)
def test_released_gives_the_numbers_that_the_script_prints(name: str) -> None:
    """Seeds 0–9: every mean of accuracy and gain within 0.06 points; sds as printed."""
    result = reproduce(experiment(name, "released"), device="cpu")
    assert differences(result.summary, FIGURES[name].printed).abs().max().max() < 0.06
    printed_sd = {
        "figure2": [1.00, 0.86, 1.21, 1.47, 1.14, 1.49],
        "figure3": [1.06, 1.17, 0.95, 0.62, 0.23],
    }[name]
    assert (result.summary["gain_sd"] - pd.Series(printed_sd)).abs().max() < 0.06


def test_a_linear_native_model_is_close_to_the_published_shape() -> None:
    """Another generator, optimiser and student: the gain still changes sign along Figure 2."""
    summary = reproduce(experiment("figure2", "synthetic", seeds=30, width=0), device="cpu").summary
    assert summary["gain_high"].iloc[0] < 0 < summary["gain_low"].iloc[-1]


def test_the_configuration_is_json_and_says_all() -> None:
    result = reproduce(experiment("figure3", "synthetic", seeds=1, width=2), device="cpu")
    configuration = json.loads(json.dumps(result.configuration))
    assert configuration["figure"] == "figure3"
    assert configuration["protocol"] == "synthetic"
    assert configuration["settings"]["width"] == 2
    assert configuration["settings"]["optimiser"]["steps"] == 200
    assert configuration["seeds"] == [0]
    assert len(configuration["path"]) == 5
    assert configuration["path"][1]["regions"] == {"b": 0, "a&b": 10, "a": 10}
    assert configuration["environment"]["versions"]["torch"].startswith("2.")


def test_defaults() -> None:
    assert len(experiment("figure2").seeds) == 100
    assert len(experiment("figure2", "released").seeds) == 10
    assert len(experiment("figure2", "published").seeds) == 100
    assert experiment("figure2").protocol == Synthetic(width=64, teacher_width=64)
    assert experiment("figure2", width=8).protocol == Synthetic(width=8)
    assert (experiment("figure2").plan.rows, experiment("figure2").plan.cells) == (1800, 1300)


def test_progress_counts_every_network_once() -> None:
    """The No-KD student is one along the path, in the script too."""
    counts: list[int] = []
    chosen = experiment("figure3", "synthetic", seeds=2, width=2)
    result = reproduce(chosen, device="cpu", progress=counts.append)
    assert sum(counts) == chosen.plan.cells == (5 + 1 + 5) * 2
    assert len(result.runs) == chosen.plan.rows == 5 * 3 * 2
    assert set(result.runs["arm"]) == set(PAPER_ARMS)


def test_the_configuration_is_that_of_the_plan() -> None:
    result = reproduce(experiment("figure2", "released", seeds=1), device="cpu")
    configuration = json.loads(json.dumps(result.configuration))
    assert list(configuration["arms"]) == list(PAPER_ARMS)
    assert configuration["arms"]["kd"]["imitates"] == "teacher"
    assert configuration["settings"]["delta"] == "normal"


def test_a_figure_is_not_made_of_networks_that_diverged() -> None:
    steep = Synthetic(width=0, optimiser=Optimiser("sgd", 1e10, 10, weight_decay=1.0))
    chosen = replace(experiment("figure3", seeds=1), protocol=steep)
    with pytest.raises(FloatingPointError, match=r"15 of 15 trainings failed: .*diverged"):
        reproduce(chosen, device="cpu")


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "unknown figure": (
        {"figure": "figure9"},
        "figure = 'figure9': is unknown; known: figure2, fig",
    ),
    "unknown protocol": (
        {"protocol": "x"},
        "protocol = 'x': is unknown; known: synthetic, published",
    ),
    "no seeds": ({"seeds": 0}, "seeds = 0: must be a whole number of at least 1"),
    "fractional seeds": ({"seeds": 1.5}, "seeds = 1.5: must be a whole number of at least 1"),
    "negative width": ({"width": -1}, "width = -1: must be a whole number of at least 0"),
    "width of published": (
        {"protocol": "published", "width": 64},
        "width = 64: only the synthetic protocol has a width",
    ),
}


def test_a_name_is_no_experiment() -> None:
    with pytest.raises(
        ArgumentError, match="experiment = 'figure2': must be of kind Experiment, such"
    ):
        reproduce("figure2")  # type: ignore[arg-type]  # a bad call


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_experiments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        experiment(**{"figure": "figure2", **arguments})
    assert message in str(error.value)
