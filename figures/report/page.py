"""The report of a verification: one page for people, and one file for programs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.claims import CLAIMS
from analysis.verdicts import Claim, Finding, Verification, worlds
from figures.report import words
from figures.report.claim_figure import claim_figure
from figures.report.inline import inline
from figures.report.outcomes import further, of_the_paper, outcomes, verified
from figures.report.record import as_text
from figures.style.verdicts import STATE_VERDICT, VERDICT_SIGN

TEMPLATE = "page.html.jinja"
FILES = ("report.html", "verdicts.json")


def html(verification: Verification) -> str:
    """Return the report as a page that needs nothing else: no network, no script, no file.

    Parameters
    ----------
    verification : Verification
        From `analysis.verdicts.verify`.

    Returns
    -------
    str
        The same verification gives the same text.
    """
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    pages.globals |= {"words": words, "sign": VERDICT_SIGN, "states": STATE_VERDICT}
    configuration = verification.configuration
    claims, known = verified(verification), worlds()
    tested = {name: world for claim in claims for name, world in claim.worlds.items()}
    others = {name: repr(world) for name, world in tested.items() if known.get(name) != world}
    return pages.get_template(TEMPLATE).render(
        sections=[_section(verification, claim) for claim in claims],
        calibrated=[claim.name for claim in claims if claim in CLAIMS.values()],
        uncalibrated=[claim.name for claim in claims if claim not in CLAIMS.values()],
        ours=len(others) < len(tested),
        others=others,
        papers=all(map(of_the_paper, _first(verification))),
        rows=len(verification.findings),
        level=configuration["level"],
        seeds=_seeds(configuration["seeds"]),
        environment=configuration["environment"],
        configuration=json.dumps(configuration, indent=2, ensure_ascii=False),
    )


def write(verification: Verification, folder: Path) -> list[str]:
    """Write ``report.html`` and ``verdicts.json``, and return their names.

    Parameters
    ----------
    verification : Verification
        From `analysis.verdicts.verify`.
    folder : pathlib.Path
        An existing folder; `venn.staged` makes one whose files appear whole or not at all.
    """
    for name, text in zip(FILES, (html(verification), as_text(verification)), strict=True):
        (folder / name).write_text(text, encoding="utf-8")
    return list(FILES)


def _first(verification: Verification) -> list[Finding]:
    """Return what was found of each claim in its first world."""
    return [outcomes(verification, claim)[0].finding for claim in verified(verification)]


def _section(verification: Verification, claim: Claim) -> dict[str, Any]:
    """Return what the template shows of a claim."""
    found = outcomes(verification, claim)
    figure = claim_figure(verification, claim)
    return {
        "claim": claim,
        "found": found,
        "first": found[0],
        "figure": inline(figure, claim.name, words.described(found)),
        "further": [
            (outcome.finding.world, row)
            for outcome in found
            for row in further(outcome.finding).to_dict("records")
        ],
    }


def _seeds(seeds: Sequence[int]) -> str:
    """Write seeds, a range as such."""
    if seeds == list(range(seeds[0], seeds[-1] + 1)):
        return f"{len(seeds)} seeds, {seeds[0]} to {seeds[-1]}"
    return f"{len(seeds)} seeds: {', '.join(map(str, seeds))}"
