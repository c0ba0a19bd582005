"""The report of a verification: one page for people, and one file for programs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.verdicts import Claim, Verification
from figures.report import words
from figures.report.claim_figure import claim_figure
from figures.report.inline import inline
from figures.report.outcomes import further, outcomes, verified
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
    return pages.get_template(TEMPLATE).render(
        sections=[_section(verification, claim) for claim in verified(verification)],
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
