import json

import numpy as np

from analysis.verdicts import Verification
from figures.report.record import as_text, record
from tests.figures.claims.made import mixed

NUMBERS = ("support", "refute", "p", "p_holm")
OF_A_PART = ("statement", "side", "margin", "unit", "published", "mean", "low", "high", "sd")


def test_it_holds_every_verdict_and_part(found: Verification) -> None:
    data = record(found)
    assert data["configuration"] == found.configuration
    verdicts, parts = (
        table.replace(np.nan, None).to_dict("records") for table in (found.verdicts, found.parts)
    )
    rows = [(claim, world) for claim in data["claims"] for world in claim["worlds"]]
    for (claim, world), verdict in zip(rows, verdicts, strict=True):
        assert world["constant"] == (0 if world["failure"] else world["trainings"])  # of one row
        same = ("world", "verdict", "trainings", *NUMBERS)
        assert [claim["name"], *(world[name] for name in same)] == [
            verdict[name] for name in ("claim", *same)
        ]
        own = [
            part
            for part in parts
            if (part["claim"], part["world"]) == (claim["name"], world["world"])
        ]
        assert [part["name"] for part in world["parts"]] == [part["part"] for part in own]
        assert len(own) == (0 if world["verdict"] == "failed" else 2)
        for part, row in zip(world["parts"], own, strict=True):
            names = (*OF_A_PART, "seeds")
            assert [part[name] for name in names] == [row[name] for name in names]
    assert data["claims"][3]["worlds"][1]["failure"].startswith("FloatingPointError: 60 trainings")
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
