"""Verification: verdicts, what is trained once, failures, and bad calls."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis import ARMS, PROTOCOLS, Plan, Store, Synthetic, Workers, progress
from analysis.verdicts import Part, verify
from tests.analysis.bars import Shown
from tests.analysis.verdicts.toy import claim, failing, small
from venn import VennDiagram


def test_verdicts_of_claims_whose_truth_is_known() -> None:
    claims = [
        claim([1.0, 1.0], "true"),
        claim([1.0, -1.0], "false"),
        claim([1.0, 0.0], "at-its-margin"),
    ]
    found = verify(claims, range(60))
    words = ["supported"] * 2 + ["refuted"] * 2 + ["inconclusive"] * 2
    assert list(found.verdicts["verdict"]) == words
    assert list(found.verdicts["claim"].unique()) == ["true", "false", "at-its-margin"]
    assert list(found.verdicts["trainings"]) == [60] * 6
    assert len(found.parts) == 12
    assert not found.failed
    json.dumps(found.configuration, allow_nan=False)


def test_claims_share_cells_and_none_is_trained_twice(tmp_path: Path) -> None:
    claims = [claim([0.3]), claim([0.3], "other")]
    reports = []
    for seeds, there in ((range(8), 0), (range(12), 16), (range(2, 10), 16)):
        with Store(tmp_path / "kept.db") as store, progress(shown := Shown()):
            found = verify(claims, seeds, store)
        reports.append((seeds, found))
        total = 2 * len(seeds)  # once a world, whatever claims
        assert (found.stored, found.models) == (there, total)
        assert shown.n == shown.total == total - there
    for seeds, found in reports:  # whatever was there, the report is that of a first run
        anew = verify(claims, seeds)
        pd.testing.assert_frame_equal(found.parts, anew.parts)
        assert list(found.verdicts["trainings"]) == list(anew.verdicts["trainings"])
        for kept, finding in zip(found.findings, anew.findings, strict=True):
            pd.testing.assert_frame_equal(kept.rows, finding.rows)


def test_an_interrupted_run_keeps_what_was_trained() -> None:
    store = Store()

    def stopped(_: int) -> None:
        if store.holdings().results:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), progress(Shown(stopped)):
        verify([claim()], range(60), store)
    assert store.holdings().results == 60  # of the first world


@pytest.mark.slow
def test_workers_train_too() -> None:
    here, there = (verify([claim()], range(5), executor=e) for e in (None, Workers(2)))
    pd.testing.assert_frame_equal(here.parts, there.parts)


def test_a_world_that_fails_stops_no_other() -> None:
    """Where trainings fail, or a value is no number; what failed is trained again."""
    plain = claim([1.0, 1.0])

    def broken(rows: pd.DataFrame) -> pd.DataFrame:
        values = plain.values(rows)
        return values.assign(**{"part 1": values["part 1"].where(values.index != 7)})

    claims = claim(plan=failing), claim([1.0, 1.0], "broken", values=broken)
    store = Store()
    for _ in range(2):
        found = verify([*claims, claim(name="whole")], range(30), store=store)
        words = ["supported", *["failed"] * 3, *["supported"] * 2]
        assert list(found.verdicts["verdict"]) == words
        first, *others = [str(finding.failure) for finding in found.failed]
        assert first.startswith(
            "FloatingPointError: 30 trainings failed (<& stopped>, seed 0: diverged"
        )
        assert others == ["part 1: not a finite number for every seed"] * 2
        assert np.isnan(found.verdicts["p"][1])
        assert len(found.parts) == 3


def failed(_: pd.DataFrame) -> pd.DataFrame:
    raise RuntimeError("of\nmy own")


def changed(table: pd.DataFrame) -> pd.DataFrame:
    """Change what is given: the next reader must not see it."""
    table["value"] *= -1
    return TOY.values(table)


TOY = claim([3.0])
UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    "the mean of all seeds": (
        {"values": lambda rows: TOY.values(rows) * 0 + TOY.values(rows).mean()},
        "values of a seed depend on other seeds: part 0",
    ),
    "the largest so far": (
        {"rows": lambda frame: TOY.rows(frame).assign(value=lambda rows: rows["value"].cummax())},
        "values of a seed depend on other seeds: part 0",
    ),
    "an error": (
        {"values": failed},
        "toy.values = 'RuntimeError: of my own': failed at test_verification.py, line ",
    ),
    "of rows": ({"rows": failed}, "toy.rows = 'RuntimeError: of my own': failed at "),
    "of further numbers": ({"further": failed}, "toy.further = 'RuntimeError: of my own': failed"),
    "no argument": (
        {"values": lambda: None},
        "failed as it was called",
    ),
    "nothing": ({"values": lambda _: None}, "toy.values = 'NoneType': must return a DataFrame"),
    "no column": (
        {"values": lambda rows: TOY.values(rows).rename(columns=str.upper)},
        "toy.values = ['PART 0']: must return a table with one column 'part 0'",
    ),
    "words": (
        {"values": lambda rows: TOY.values(rows).astype(str)},
        "must return numbers there, such as .astype(float)",
    ),
    "two seeds": (
        {"values": lambda rows: TOY.values(rows).iloc[:2]},
        "toy.values = '2 seeds': must return what it reads of each of the 6 seeds it is given",
    ),
    "no further numbers": (
        {"further": lambda rows: rows},
        "toy.further = ['seed', 'part', 'value'",
    ),
}


@pytest.mark.parametrize(("changes", "why"), UNFIT.values(), ids=UNFIT)
def test_what_a_claims_own_functions_return_is_checked(changes: dict[str, Any], why: str) -> None:
    """In the one line of a finding that failed; other claims are judged."""
    found = verify([claim([3.0], **changes), claim([3.0], name="other")], range(6))
    assert list(found.verdicts["verdict"]) == ["failed"] * 2 + ["inconclusive"] * 2
    for finding in found.failed:
        assert why in str(finding.failure)
        assert "\n" not in str(finding.failure)


def test_a_function_may_change_the_table_that_it_is_given() -> None:
    mirrored = (Part("part 0", "part 0 < 0", "below"),)
    found = verify([claim([3.0], values=changed, parts=mirrored)], range(30))
    assert list(found.verdicts["verdict"]) == ["supported"] * 2


SHARED = VennDiagram({"a&b": 2})
PROTOCOL = Synthetic(n_train=20, n_test=100, width=2)
OWN: dict[str, Any] = {
    "plan": lambda protocol, seeds: Plan([SHARED], protocol, ["no_kd", "kd"], seeds),
    "rows": lambda frame: frame,
    "values": lambda rows: rows[rows["arm"] == "kd"].set_index("seed")[["accuracy"]],
    "parts": (Part("accuracy", "it is above 0.4", margin=0.4),),
    "nulls": {"none": lambda rows, _: rows},
}


def test_a_world_is_any_protocol_under_any_name() -> None:
    released = replace(PROTOCOLS["released"], n_train=20, n_test=50)
    own = {"mine": PROTOCOL, "the script's, again": released}
    found = verify([claim(**OWN, worlds=own)], range(3))
    assert not found.failed
    assert {each.world: each.protocol for each in found.findings} == own
    assert found.configuration["worlds"]["mine"]["n_train"] == 20
    for finding, rows in zip(found.findings, (100, 50), strict=True):
        assert finding.rows["n_test"].eq(rows).all()
        assert set(finding.rows["arm"]) == {"teacher", "no_kd", "kd"}


BAD_CALLS: dict[str, tuple[Any, Any, str]] = {
    "no claims": ([], range(3), "claims"),
    "a name": (["mfh-gamma"], range(3), r"CLAIMS\['mfh-gamma'\]"),
    "twice": ([claim(), claim()], range(3), "each once"),
    "one seed": ([claim()], [3], "at least two"),
    "a seed twice": ([claim()], [1, 1, 2], "each once"),
    "half a seed": ([claim()], [0.5, 2], "seeds = 0.5"),
    "no plan": ([claim(plan=lambda *_: None)], range(3), "toy.plan = None: must be of kind Plan"),
    "a plan that fails": (
        [claim(plan=lambda protocol, _: protocol.nothing)],
        range(3),
        "toy.plan = .*AttributeError: .*failed at test_verification.py, line ",
    ),
    "a plan without seeds": (
        [claim(plan=lambda protocol: small(protocol, [7]))],
        range(3),
        "toy.plan = .*TypeError: .*: failed as it was called",
    ),
    "other seeds": (
        [claim(plan=lambda protocol, _: small(protocol, [7]))],
        range(3),
        r"toy.plan.seeds = \(7,\): must be those that",
    ),
    "two worlds of one name": (
        [
            claim(),
            claim(name="other", worlds={**claim().worlds, "MLP, hyperplane, as it is": PROTOCOL}),
        ],
        range(3),
        "other.worlds = 'MLP, hyperplane, as it is': is another world",
    ),
    "a world without the arm": (
        [
            claim(
                worlds={"mine": PROTOCOLS["released"]},
                plan=lambda p, s: Plan([SHARED], p, ["um_kd"], s),
            )
        ],
        range(3),
        "arms = 'um_teacher': is not in the released script",
    ),
}


@pytest.mark.parametrize(("claims", "seeds", "message"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_bad_calls(claims: Any, seeds: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        verify(claims, seeds)


BAD_CLAIMS: dict[str, tuple[dict[str, Any], str]] = {
    "name": ({"name": "Mine!"}, "name = 'Mine!'"),
    "no words": ({"words": ""}, "words"),
    "no nulls": ({"nulls": {}}, "nulls"),
    "a part twice": ({"parts": claim([1.0]).parts * 2}, "each once"),
    "a world that is no protocol": (
        {"worlds": {"mine": ARMS["kd"]}},
        r"worlds\['mine'\] = .* Protocol",
    ),
    "worlds without names": ({"worlds": (PROTOCOL,)}, "worlds = .*: must be of kind Mapping"),
}


@pytest.mark.parametrize(("changes", "message"), BAD_CLAIMS.values(), ids=BAD_CLAIMS)
def test_bad_claims(changes: dict[str, Any], message: str) -> None:
    made: Any = claim
    with pytest.raises(ValueError, match=message):
        made(**changes)
