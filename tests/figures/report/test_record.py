import json

import numpy as np
import pytest

from analysis.verdicts import Verification
from figures.report.record import as_text, record
from tests.figures.claims.made import mixed


@pytest.fixture(scope="module")
def found() -> Verification:
    return mixed()


def test_it_holds_every_verdict_and_part(found: Verification) -> None:
    data = record(found)
    assert data["configuration"] == found.configuration
    rows = [(claim, world) for claim in data["claims"] for world in claim["worlds"]]
    assert len(rows) == len(found.verdicts)
    keys = ("claim", "world", "part")
    parts = {tuple(row[key] for key in keys): row for row in found.parts.to_dict("records")}
    for (claim, world), verdict in zip(rows, found.verdicts.to_dict("records"), strict=True):
        assert (claim["name"], world["world"]) == (verdict["claim"], verdict["world"])
        assert f"{world['models']}, {world['rule']}, {world['view']}" == world["world"]
        assert (world["verdict"], world["trainings"]) == (verdict["verdict"], verdict["trainings"])
        for name in ("support", "refute", "p", "p_holm"):
            assert world[name] == (None if np.isnan(verdict[name]) else verdict[name])
        assert len(world["parts"]) == (0 if world["verdict"] == "failed" else 2)
        for part in world["parts"]:
            row = parts[claim["name"], world["world"], part["name"]]
            for name in (
                "statement",
                "side",
                "margin",
                "unit",
                "mean",
                "low",
                "high",
                "sd",
                "seeds",
            ):
                assert part[name] == row[name], name
            assert part["published"] == (None if np.isnan(row["published"]) else row["published"])
    assert data["claims"][3]["worlds"][1]["failure"].startswith("FloatingPointError: 3 trainings")
    assert data["claims"][0]["words"] == found.findings[0].claim.words


def test_what_has_no_bound_is_null() -> None:
    text = as_text(mixed(3))
    first = json.loads(text)["claims"][0]["worlds"][0]
    assert [first["parts"][0][end] for end in ("low", "high")] == [None, None]
    largest, count = first["further"]
    assert [largest["high"] - largest["low"], count["high"], count["unit"]] == [2, None, "rows"]
    for word in ("NaN", "Infinity"):
        assert word not in text


def test_the_text_is_the_record_and_depends_on_no_clock(found: Verification) -> None:
    text = as_text(found)
    assert json.loads(text) == record(found)
    assert text.endswith("}\n")
    assert text == as_text(mixed())
