from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from analysis import ARMS
from figures.style.theme import ARM_LABEL, ARM_STYLE, SWEEP_LABEL, SWEEP_STYLE
from figures.sweeps.frame import Sweep
from figures.sweeps.measured import measured
from figures.sweeps.sweep_curves import sweep_curves
from tests.figures.seen import error_bars
from tests.figures.sweeps.made import STUDENTS, axes, mean_gain, path, sweep
from venn import ArgumentError

FRAME = sweep(path(5), ARMS, seeds=4)
SIZES = sweep([{**p, "n_train": n} for p in path(3) for n in (50, 200, 3200, 800)])
RULES = sweep([{**p, "rule": rule} for p in path(2) for rule in ("quadratic", "hyperplane")])


def gains(arm: str) -> np.ndarray:
    """Return the mean gains of an arm of the frame along gamma."""
    return np.array([mean_gain(FRAME, arm, gamma=gamma) for gamma in (0, 0.25, 0.5, 0.75, 1)])


MEANS = [("gain", {*STUDENTS} - {"no_kd"}), ("accuracy", {*ARMS})]


@pytest.mark.parametrize(("y", "arms"), MEANS)
def test_means_are_drawn_at_their_values_with_their_intervals(y: Any, arms: set[str]) -> None:
    frame = sweep(path(5), ARMS)  # of so many seeds that no interval has its mean in the middle
    drawn = error_bars(sweep_curves(frame, "gamma", y, ax=axes()))
    assert set(drawn) == {SWEEP_LABEL[arm] for arm in arms}
    table = measured(Sweep(frame), y, ("gamma", "arm")).table
    for arm in arms:
        expected = table.loc[table["arm"] == arm, ["gamma", "mean", "low", "high"]]
        np.testing.assert_allclose(drawn[SWEEP_LABEL[arm]], expected)


def test_parts_of_a_gain_are_those_of_its_definition() -> None:
    """Knowledge is what the better of the shuffled teacher and the hard labels leaves."""
    expected = {
        "gain": gains("kd"),
        "shrinkage": gains("kd_shuffled"),
        "step size": gains("hard_label"),
    }
    better = np.maximum(expected["shrinkage"], expected["step size"]).clip(min=0)
    expected["knowledge"] = expected["gain"] - better
    drawn = error_bars(sweep_curves(FRAME, "gamma", hue="part", ax=axes()))
    assert set(drawn) == set(expected)
    for part, values in expected.items():
        np.testing.assert_allclose(drawn[part][:, 1], values, atol=1e-12)
    oracle = sweep_curves(FRAME, "gamma", hue="part", arms=("kd_oracle",), ax=axes())
    np.testing.assert_allclose(error_bars(oracle)["gain"][:, 1], gains("kd_oracle"), atol=1e-12)


def lines(ax: Axes) -> dict[str, Line2D]:
    containers = [container[0] for container in ax.containers]
    return {str(line.get_label()): line for line in containers}


def ys(line: Line2D) -> np.ndarray:
    return np.asarray(line.get_ydata(orig=False), dtype=float)


def test_the_zero_line_and_its_sides_are_there_for_gains_alone() -> None:
    up = FRAME.assign(accuracy=FRAME["accuracy"] + 0.1 * (FRAME["arm"] == "kd"))
    ax = sweep_curves(up, "gamma", arms=("kd",), ax=axes())
    assert any((ys(line) == 0).all() for line in ax.lines)
    assert ax.get_ylim()[0] < 0 < ax.get_ylim()[1]
    assert sides(ax) == {"KD helps", "KD hurts"}
    other = sweep_curves(FRAME, "gamma", "accuracy", ax=axes())
    assert not other.texts
    assert other.get_ylim()[0] > 0


def sides(ax: Axes) -> set[str]:
    return {text.get_text() for text in ax.texts}


KD_ARMS = ("kd", "um_kd", "kd_multimodal", "kd_general", "kd_oracle")


def test_the_words_at_zero_are_true_of_every_line() -> None:
    """An arm without a teacher, a shuffled one and a teacher are above or below, and no KD."""
    neutral, helps = {"above No-KD", "below No-KD"}, {"KD helps", "KD hurts"}
    for arm in set(ARMS) - {"no_kd"}:
        expected = helps if arm in KD_ARMS else neutral
        assert sides(sweep_curves(FRAME, "gamma", arms=("kd_oracle", arm), ax=axes())) == expected
    assert sides(sweep_curves(FRAME, "gamma", ax=axes())) == neutral
    assert sides(sweep_curves(FRAME, "gamma", hue="part", ax=axes())) == {"better", "worse"}
    assert sides(sweep_curves(SIZES, "n_train", hue="gamma", ax=axes())) == helps


def test_a_gain_that_is_all_knowledge_is_seen_on_a_wider_band_of_it() -> None:
    worse = FRAME["arm"].isin(["kd_shuffled", "hard_label"])
    frame = FRAME.assign(accuracy=FRAME["accuracy"] - 0.3 * worse)
    drawn = lines(sweep_curves(frame, "gamma", hue="part", ax=axes()))
    gain, knowledge = drawn.pop("gain"), drawn["knowledge"]
    np.testing.assert_allclose(ys(gain), ys(knowledge), atol=1e-12)
    assert knowledge.get_linewidth() > 3 * gain.get_linewidth()
    assert knowledge.get_markersize() > gain.get_markersize()
    others = [line.get_zorder() for name, line in drawn.items() if name != "knowledge"]
    assert knowledge.get_zorder() < min(*others, gain.get_zorder())
    assert to_hex(knowledge.get_color()) != to_hex(gain.get_color())


def test_the_legend_is_in_the_order_in_which_the_lines_end() -> None:
    ax = sweep_curves(FRAME, "gamma", ax=axes())
    legend = ax.get_legend()
    assert legend is not None
    ends = [ys(lines(ax)[text.get_text()])[-1] for text in legend.get_texts()]
    assert ends == sorted(ends, reverse=True)


def test_lines_of_a_setting_are_those_of_kd_and_each_has_its_value() -> None:
    ax = sweep_curves(SIZES, "n_train", hue="gamma", ax=axes())
    drawn = error_bars(ax)
    assert set(drawn) == {"0", "0.5", "1"}
    for name, line in drawn.items():
        gamma = float(name)
        gains = [(n, mean_gain(SIZES, "kd", gamma=gamma, n_train=n)) for n in (50, 200, 800, 3200)]
        np.testing.assert_allclose(line[:, :2], gains)
    assert ax.get_ylabel() == "gain, KD student (points)"
    legend = ax.get_legend()
    assert legend is not None
    assert legend.get_title().get_text() == "γ"


def test_sizes_that_double_are_on_a_logarithmic_axis_and_shares_are_not() -> None:
    assert sweep_curves(SIZES, "n_train", hue="gamma", ax=axes()).get_xscale() == "log"
    assert sweep_curves(FRAME, "gamma", ax=axes()).get_xscale() == "linear"
    even = sweep([{**path(1)[0], "temperature": t} for t in (1.0, 2.0, 3.0, 4.0)])
    assert sweep_curves(even, "temperature", ax=axes()).get_xscale() == "linear"


def test_names_stand_side_by_side_and_are_not_joined() -> None:
    ax = sweep_curves(RULES, "rule", hue="gamma", ax=axes())
    rules = ["quadratic", "hyperplane"]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == rules
    assert {line.get_linestyle() for line in lines(ax).values()} == {"None"}
    for name, line in error_bars(ax).items():
        np.testing.assert_array_equal(line[:, 0].round(), [0, 1])
        expected = [mean_gain(RULES, "kd", gamma=float(name), rule=rule) for rule in rules]
        np.testing.assert_allclose(line[:, 1], expected)


def test_lines_are_apart_on_the_page_by_little() -> None:
    ax = sweep_curves(FRAME, "gamma", ax=axes())
    zero = ax.transData.transform((0, 0))[0]
    starts = [line.get_transform().transform((0, 0))[0] - zero for line in lines(ax).values()]
    points = np.sort(np.array(starts)) / ax.get_figure(root=True).dpi * 72  # type: ignore[union-attr]
    assert np.diff(points).min() > 1.5
    assert np.abs(points).max() <= 9


def test_a_point_that_failed_is_a_gap() -> None:
    frame = FRAME.assign(accuracy=FRAME["accuracy"].where(FRAME["point"] != 2))
    ax = sweep_curves(frame, "gamma", arms=("kd",), ax=axes())
    drawn = ys(lines(ax)["KD student"])
    assert np.flatnonzero(np.isnan(drawn)).tolist() == [2]
    assert "4 of 20 pairs have no gain" in ax.get_title(loc="left")


CONSTANT = (FRAME["arm"] == "kd") & (FRAME["gamma"] < 0.4) & (FRAME["seed"] < 3)


ANSWER = {
    "gain": "6 of 160 pairs have a network or teacher that answers",
    "accuracy": "6 of 260 networks answer",
}


@pytest.mark.parametrize(("y", "what"), ANSWER.items())
def test_means_of_networks_that_answer_one_class_have_a_ring(y: Any, what: str) -> None:
    frame = FRAME.assign(constant=CONSTANT)
    ax = sweep_curves(frame, "gamma", y, ax=axes())
    note = ax.get_title(loc="left").splitlines()
    assert note[-1] == f"{what} one class to every row; ringed: 5 % or more"
    (ring,) = [line for line in ax.lines if line.get_markerfacecolor() == "none"]
    assert ring.get_color() == lines(ax)["KD student"].get_color()
    assert np.asarray(ring.get_xdata()).tolist() == [0, 0.25]
    many = sweep(path(2), seeds=24)
    few = many.assign(constant=(many["arm"] == "kd") & (many["point"] == 0) & (many["seed"] == 0))
    ax = sweep_curves(few, "gamma", y, ax=axes())
    assert ax.get_title(loc="left").endswith("one class to every row")
    assert "one class" not in sweep_curves(FRAME, "gamma", y, ax=axes()).get_title(loc="left")


@pytest.mark.parametrize("hue", ["arm", "part"])
def test_a_gain_over_or_taught_by_a_network_that_answers_one_class_is_marked(hue: str) -> None:
    """A teacher's collapse marks those whom it teaches, and the baseline's all."""
    for arm, marked in (("no_kd", {*KD_ARMS}), ("teacher", {"kd"}), ("um_teacher", {"um_kd"})):
        frame = FRAME.assign(constant=(FRAME["arm"] == arm) & (FRAME["gamma"] == 0.5))
        for drawn in KD_ARMS:
            ax = sweep_curves(frame, "gamma", hue=hue, arms=(drawn,), ax=axes())
            rings = [line for line in ax.lines if line.get_markerfacecolor() == "none"]
            assert bool(rings) == (drawn in marked), (arm, drawn)
            assert all(np.asarray(ring.get_xdata()).tolist() == [0.5] for ring in rings)


@pytest.mark.parametrize("hue", ["arm", "part"])
def test_a_gain_in_balanced_accuracy_is_drawn_of_that(hue: str) -> None:
    frame = FRAME.assign(balanced_accuracy=FRAME["accuracy"][::-1].to_numpy(), constant=CONSTANT)
    other = frame.assign(accuracy=frame["balanced_accuracy"])
    ax = sweep_curves(frame, "gamma", hue=hue, measure="balanced_accuracy", ax=axes())
    expected = error_bars(sweep_curves(other, "gamma", hue=hue, ax=axes()))
    for name, line in error_bars(ax).items():
        np.testing.assert_allclose(line, expected[name])
    assert ax.get_ylabel().startswith("gain in balanced accuracy")
    assert "one class to every row" in ax.get_title(loc="left")


def test_every_arm_has_a_look_and_a_label_of_its_own() -> None:
    assert set(SWEEP_STYLE) == set(SWEEP_LABEL) == set(ARMS)
    assert len(set(SWEEP_LABEL.values())) == len(SWEEP_LABEL)
    looks = {(each["marker"], to_hex(each["color"])) for each in SWEEP_STYLE.values()}
    assert len(looks) == len(SWEEP_STYLE)
    for arm in ARM_STYLE:
        assert (SWEEP_STYLE[arm], SWEEP_LABEL[arm]) == (ARM_STYLE[arm], ARM_LABEL[arm])
    drawn = lines(sweep_curves(FRAME, "gamma", ax=axes()))
    for arm in ("um_kd", "hard_label", "kd_shuffled"):  # controls: thinner than what they control
        assert drawn[SWEEP_LABEL[arm]].get_linewidth() < mpl.rcParams["lines.linewidth"]


MANY = sweep([{**p, "temperature": t} for p in path(2) for t in range(9)], seeds=1)
FAILED = FRAME.assign(accuracy=np.nan)
BAD: dict[str, tuple[pd.DataFrame, dict[str, Any], str]] = {
    "x": (FRAME, {"x": "gama"}, "x = 'gama': is unknown; known: n_train, temperature, rule, alpha"),
    "y": (FRAME, {"y": "loss"}, "y = 'loss': is unknown; known: gain, accuracy"),
    "hue": (FRAME, {"hue": "arms"}, "hue = 'arms': is unknown; known: arm, n_train"),
    "hue on x": (FRAME, {"hue": "gamma"}, "hue = 'gamma': is on the horizontal axis already"),
    "parts of accuracy": (FRAME, {"hue": "part", "y": "accuracy"}, "hue = 'part': is what a gain"),
    "no controls": (SIZES, {"hue": "part"}, "hue = 'part': needs the control 'kd_shuffled'"),
    "parts of an arm": (FRAME, {"hue": "part", "arms": ("foo",)}, "arms = 'foo': is unknown"),
    "parts of nothing": (FAILED, {"hue": "part"}, "no point and seed with an accuracy of each"),
    "baseline": (FRAME, {"arms": ("no_kd",)}, "arms = 'no_kd': is unknown; known: teacher"),
    "an arm as text": (FRAME, {"arms": "kd"}, "arms = 'kd': must be a sequence of arms"),
    "no arms": (FRAME, {"arms": ()}, r"arms = \(\): must be a sequence of arms"),
    "two arms": (SIZES, {"hue": "n_train", "arms": ("kd", "um_kd")}, "hold one arm .* by n_train"),
    "setting": (SIZES, {}, r"n_train in 50, 200, 800, 3200': varies .* a line \(--hue n_train\)"),
    "no baseline": (FRAME[FRAME["arm"] != "no_kd"], {}, "baseline = 'no_kd': is unknown"),
    "many lines": (MANY, {"hue": "temperature"}, "has 9 values; at most 8 lines"),
}


@pytest.mark.parametrize(("frame", "changes", "words"), BAD.values(), ids=BAD)
def test_bad_calls_are_refused(frame: pd.DataFrame, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        sweep_curves(frame, **{"x": "gamma", **changes}, ax=axes())
