"""The judge's judge, on claims whose truth is known."""

import json

import pytest

from analysis.claims import CLAIMS
from analysis.verdicts import LEVEL, Part, calibrate
from analysis.verdicts.calibration import cases, worst
from tests.analysis.verdicts.toy import claim


def test_wrong_support_is_rare_and_effects_are_found() -> None:
    done: list[int] = []
    toy = claim([1.2], parts=(Part("part 0", "part 0 > 1", margin=1.0, published=2.3),))
    found = calibrate([toy], seeds=30, repeats=500, pool=200, progress=done.append)
    assert sum(done) == cases([toy]) == len(found.table) == 2 * (1 + 2 + 1)
    rate = found.table.groupby("kind")["rate"].max()
    for kind in ("null", "margin", "watched"):
        assert rate[kind] <= LEVEL, kind
    assert rate["watched"] > 0  # it is careful, not mute
    assert rate["watched"] >= rate["margin"]
    assert found.table.loc[found.table["kind"] == "effect", "rate"].min() >= 0.95
    json.dumps(found.configuration, allow_nan=False)


EFFECTS = {
    "published": (-1.0, Part("part 0", "…", published=2.0), 100, 0),
    "published on the other side": (1.0, Part("part 0", "…", published=-2.0), 0, 100),
    "as large on the stated side, above": (-2.0, Part("part 0", "…"), 100, 0),
    "as large on the stated side, below": (2.0, Part("part 0", "…", side="below"), 100, 0),
}


@pytest.mark.parametrize(("effect", "part", "supported", "refuted"), EFFECTS.values(), ids=EFFECTS)
def test_the_effect_is_the_papers(effect: float, part: Part, supported: int, refuted: int) -> None:
    table = calibrate([claim([effect], parts=(part,))], seeds=30, repeats=100, pool=50).table
    power = table[table["kind"] == "effect"]
    assert set(power["supported"]) == {supported}
    assert set(power["refuted"]) == {refuted}


def test_the_worst_case_of_each_kind() -> None:
    found = calibrate([claim([0.5, 3.0])], seeds=30, repeats=50, pool=50)
    summary = worst(found)
    assert len(summary) == 2 * 4
    for row in summary.to_dict("records"):
        here = found.table[found.table["world"] == row["world"]]
        assert row["rate"] == here.loc[here["kind"] == row["kind"], "rate"].max()


def test_a_small_calibration_of_a_real_claim() -> None:
    table = calibrate([CLAIMS["mfh-alpha"]], seeds=30, repeats=40, pool=10).table
    wrong = table[table["kind"].isin(["null", "margin"])]
    assert (wrong["low"] <= LEVEL).all()
    assert (table.loc[table["kind"] == "null", "supported"] <= 2).all()


BAD_CALLS = {
    "no claims": ([], {}, "claims"),
    "a name": (["mfh-gamma"], {}, r"CLAIMS\['mfh-gamma'\]"),
    "too few seeds": ([claim()], {"seeds": 29}, "seeds = 29: must be .* at least 30"),
    "no repeats": ([claim()], {"repeats": 0}, "repeats = 0"),
    "a pool of one": ([claim()], {"pool": 1}, "pool = 1"),
    "a null that fails": (
        [claim(nulls={"gone": lambda rows, _: rows.missing})],
        {"pool": 2},
        r"toy.nulls\['gone'\] = .*AttributeError: .*: failed at test_calibration.py, line ",
    ),
    "a null that returns nothing": (
        [claim(nulls={"gone": lambda *_: None})],
        {"pool": 2},
        r"toy.nulls\['gone'\] = 'NoneType': must return a DataFrame",
    ),
}


@pytest.mark.parametrize(("claims", "changes", "message"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_bad_calls(claims: list, changes: dict, message: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(ValueError, match=message):
        calibrate(claims, **changes)
