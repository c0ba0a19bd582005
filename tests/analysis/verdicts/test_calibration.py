"""The judge's judge, on claims whose truth is known."""

import json

import numpy as np
import pytest
from scipy import stats

from analysis.claims import CLAIMS
from analysis.verdicts import LEVEL, Part, calibrate, weigh
from analysis.verdicts.calibration import cases, worst
from tests.analysis.verdicts.toy import claim


def test_wrong_support_is_rare_and_effects_are_found() -> None:
    published = Part("part 0", "part 0 > 0", published=1.3)
    done: list[int] = []
    toy = claim([0.2], parts=(published,))
    found = calibrate([toy], seeds=30, repeats=500, pool=200, progress=done.append)
    assert sum(done) == cases([toy]) == len(found.table) == 2 * (1 + 2 + 1)
    rate = found.table.groupby("kind")["rate"].max()
    for kind in ("null", "margin", "watched"):
        assert rate[kind] <= LEVEL, kind
    assert rate["watched"] > 0  # it is careful, not mute
    assert rate["watched"] >= rate["margin"]
    assert found.table.loc[found.table["kind"] == "effect", "rate"].min() >= 0.95
    json.dumps(found.configuration, allow_nan=False)


def test_a_rule_that_is_careless_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Student's p-values, looked at again and again, support what is false far too often."""

    def students(values: np.ndarray, means: np.ndarray) -> np.ndarray:
        return np.asarray(stats.ttest_1samp(values, means, axis=0).pvalue)

    monkeypatch.setattr("analysis.verdicts.judge.always_valid_p", students)
    found = calibrate([claim([0.0])], seeds=30, repeats=300, pool=200)
    rate = found.table.groupby("kind")["rate"].max()
    assert rate["watched"] > 1.5 * LEVEL / 2  # support has half of the level
    assert rate["margin"] < LEVEL


def test_limits_are_clopper_and_pearsons() -> None:
    table = calibrate([claim([0.5])], seeds=30, repeats=40, pool=20).table
    for row in table.to_dict("records"):
        supported, rest = row["supported"], 40 - row["supported"]
        low = stats.beta.ppf(0.025, supported, rest + 1) if supported else 0
        high = stats.beta.ppf(0.975, supported + 1, rest) if rest else 1
        assert (row["low"], row["high"]) == pytest.approx((low, high))


def test_the_published_effect_is_that_of_the_part() -> None:
    """A claim that holds nowhere here is supported once the values have what was published."""
    toy = claim([-1.0], parts=(Part("part 0", "part 0 > 0", published=2.0),))
    table = calibrate([toy], seeds=30, repeats=100, pool=50).table
    assert set(table.loc[table["kind"] == "effect", "rate"]) == {1.0}
    contrary = claim([1.0], parts=(Part("part 0", "part 0 > 0", published=-2.0),))
    table = calibrate([contrary], seeds=30, repeats=100, pool=50).table
    assert set(table.loc[table["kind"] == "effect", "rate"]) == {0.0}
    assert set(table.loc[table["kind"] == "effect", "refuted"]) == {100}


def test_where_nothing_is_published_the_effect_is_as_large_on_the_stated_side() -> None:
    """-2 standard deviations count as 2, which 30 seeds cannot miss."""
    for effect in (-2.0, 2.0):
        table = calibrate([claim([effect])], seeds=30, repeats=60, pool=50).table
        assert set(table.loc[table["kind"] == "effect", "rate"]) == {1.0}


def test_the_worst_case_of_each_kind() -> None:
    found = calibrate([claim([0.5, 3.0])], seeds=30, repeats=50, pool=50)
    summary = worst(found)
    assert len(summary) == 2 * 4
    for row in summary.to_dict("records"):
        here = found.table[found.table["world"] == row["world"]]
        assert row["rate"] == here.loc[here["kind"] == row["kind"], "rate"].max()


@pytest.mark.parametrize("name", ["mfh-gamma", "mfh-alpha"])
def test_a_small_calibration_of_a_real_claim(name: str) -> None:
    table = calibrate([CLAIMS[name]], seeds=30, repeats=40, pool=10).table
    wrong = table[table["kind"].isin(["null", "margin"])]
    assert (wrong["low"] <= LEVEL).all()
    assert (table.loc[table["kind"] == "null", "supported"] <= 2).all()


def test_the_same_call_gives_the_same_table() -> None:
    first, second = (calibrate([claim()], seeds=30, repeats=10, pool=6).table for _ in range(2))
    assert first.equals(second)


BAD_CALLS = {
    "no claims": ([], {}, "claims"),
    "a name": (["mfh-gamma"], {}, r"CLAIMS\['mfh-gamma'\]"),
    "too few seeds": (
        [claim()],
        {"seeds": 29},
        "seeds = 29: must be a whole number of at least 30",
    ),
    "no repeats": ([claim()], {"repeats": 0}, "repeats = 0"),
    "a pool of one": ([claim()], {"pool": 1}, "pool = 1"),
}


@pytest.mark.parametrize(("claims", "changes", "message"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_bad_calls(claims: list, changes: dict, message: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(ValueError, match=message):
        calibrate(claims, **changes)


def test_groups_of_one_are_the_plain_rule() -> None:
    values = np.random.default_rng(0).normal(size=(20, 1, 1))
    part = Part("up", "up > 0")
    assert float(weigh([part], values).support[0]) == float(weigh([part], values[:, 0]).support)
