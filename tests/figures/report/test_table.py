import re
from dataclasses import replace

import pytest

from analysis.verdicts import Verification
from figures.report.outcomes import outcomes
from figures.report.table import table
from figures.report.words import amount
from tests.figures.claims.made import named


def test_each_claim_has_a_row_with_its_numbers_in_the_papers_world(found: Verification) -> None:
    head, *rows = table(found).split("\n\n")[0].splitlines()
    assert re.split(r"  +", head) == [
        *("claim", "verdict", "effect", "95 % interval", "unit", "published", "holds in"),
        *("trainings", "seconds"),
    ]
    names = {"true": "+0.90", "false": "—", "neither": "—", "failing": "—"}
    assert [row.split()[0] for row in rows] == list(names)
    for row, (name, published) in zip(rows, names.items(), strict=True):
        cells = re.split(r"  +", row)
        here = outcomes(found, named(found, name))
        mean, rest = amount(here[0].effects[0]).split(" points ")
        verdict = {"true": "supported", "failing": "supported", "false": "refuted"}
        assert cells[1:6] == [verdict.get(name, "inconclusive"), mean, rest, "points", published]
        held = {"true": "2 of 2", "failing": "1 of 2"}.get(name, "0 of 2")
        trained = sum(outcome.finding.trainings for outcome in here)
        assert cells[6:8] == [held, f"{trained:,}"]
        assert float(cells[8]) == pytest.approx(
            sum(outcome.finding.seconds for outcome in here), abs=0.051
        )
    assert len({row.index("points") for row in rows}) == 1


def test_claims_that_do_not_hold_everywhere_are_named_below(found: Verification) -> None:
    """Below them, claims whose networks answer one class: to one test row, all do."""
    lines = table(found).split("\n\n")[1].splitlines()
    ran = {"true": 120, "false": 120, "neither": 120, "failing": 60}
    assert lines == [
        "false: refuted in both worlds",
        "neither: inconclusive in both worlds",
        "failing: supported in 1 of 2 worlds (linear); did not run in 1 (MLP)",
        *(
            f"{name}: {n} of 120 networks answer one class to every test row"
            for name, n in ran.items()
        ),
    ]


def test_a_claim_that_did_not_run_in_the_papers_world_has_dashes(found: Verification) -> None:
    kept = [finding.world.startswith("MLP") for finding in found.findings]
    findings = tuple(f for f, keep in zip(found.findings, kept, strict=True) if keep)
    rows = table(replace(found, findings=findings, verdicts=found.verdicts[kept])).splitlines()
    (row,) = (row for row in rows if row.startswith("failing "))
    assert re.split(r"  +", row)[1:7] == ["did not run", "—", "—", "points", "—", "0 of 1"]
