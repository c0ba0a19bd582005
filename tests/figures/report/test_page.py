import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from analysis import Synthetic
from analysis.verdicts import Verification, verify
from figures.report.outcomes import outcomes, verified
from figures.report.page import html, write
from figures.report.record import as_text
from figures.report.words import amount, exception, headline, one_class, tally
from tests.analysis.verdicts.toy import WORLDS, claim, failing
from tests.figures.claims.made import named, swept
from tests.figures.markup import Page


@pytest.fixture(scope="module")
def text(found: Verification) -> str:
    return html(found)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_it_needs_nothing_else(page: Page, text: str) -> None:
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object"}
    assert not page.values("src")
    references = page.values("href", "xlink:href")
    assert references
    assert all(each.startswith("#") for each in references)
    labels = [attributes["aria-label"] for tag, attributes in page.tags if tag == "svg"]
    assert str(labels[3]).endswith("MLP, hyperplane, as it is: did not run.")
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {each[1:] for each in references} <= set(ids)
    assert set(re.findall(r"https?://[^\"' )<]+", text)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_every_claim_has_a_section_with_what_was_found(found: Verification, page: Page) -> None:
    sections = [attributes.get("id") for tag, attributes in page.tags if tag == "section"]
    assert sections[:4] == ["true", "false", "neither", "failing"]
    for name in ("true", "false", "neither", "failing"):
        here = outcomes(found, named(found, name))
        assert tally(here)[1:] in page.words
        assert headline(here[0]) in page.words
        assert f"{one_class(here)}." in page.words
        for outcome in here:
            if outcome.verdict != "supported":
                assert exception(outcome) in page.words
            for effect in outcome.effects:
                mean, interval = amount(effect).split(" points ")
                assert f"{mean} {interval}sd {effect.sd:.2f}" in page.words
    for each in verified(found):
        assert each.words in page.words
        assert each.method in page.words
        assert each.source in page.words


def test_it_says_how_verdicts_are_made(page: Page) -> None:
    assert "with 60 seeds, 0 to 59" in page.words
    assert "The 8 verdicts of this report" in page.words
    assert "is wrong is at most 5 %." in page.words
    assert (
        "How often the rule errs was not measured for true, false, neither, failing." in page.words
    )
    assert "linear or MLPs" in page.words
    assert "Verdict and effect are those in the paper's world" in page.words
    for word in ("always valid", "Holm", "margins", "fixed before the first seed"):
        assert word in page.words


def test_further_numbers_are_shown_where_there_are_any(found: Verification, page: Page) -> None:
    assert page.words.count("Further numbers, which decide nothing") == 1
    largest = found.findings[0].rows["value"].max()
    assert f"largest+{largest:.2f} [+{largest - 1:.2f}, +{largest + 1:.2f}]sd" in page.words
    assert "count+120.00 [−∞, +∞]rows" in page.words


def test_versions_and_configuration_are_there(found: Verification, page: Page) -> None:
    for name, version in found.configuration["environment"]["versions"].items():
        assert f"{name} {version}" in page.words
    assert json.dumps(found.configuration, indent=2, ensure_ascii=False) in page.text


def test_what_looks_like_markup_is_text(found: Verification, text: str) -> None:
    assert "60 trainings failed (&lt;&amp; stopped&gt;, seed 0: " in text
    odd = "<script>alert(1)</script> & 'so' on"
    marked = replace(named(found, "true"), words=odd, title=odd, method=odd)
    page = Page(html(verify([marked], range(3))))
    assert not any(tag == "script" for tag, _ in page.tags)
    assert page.words.count(odd) == 4  # summary, heading, words, method


@pytest.mark.parametrize("worlds", [1, 2])
def test_a_claim_that_ran_in_no_world_or_not_in_its_first_has_a_page(worlds: int) -> None:
    first, second = [*WORLDS.items()][::-1]  # that of hidden units comes first
    only = claim([1.0], worlds=dict([first, second][:worlds]), plan=failing)
    verification = verify([only], range(3))
    page = Page(html(verification))
    assert f"did not run ({verification.findings[0].failure})" in page.words
    assert len(json.loads(as_text(verification))["claims"][0]["worlds"]) == worlds


def test_of_ones_own_claims_and_worlds_nothing_is_said_that_is_true_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = Synthetic(n_train=7)
    page = Page(html(verify([claim(name="mine", worlds={"my own": world})], range(3))))
    assert f"The worlds: my own: {world!r}" in page.words
    assert "How often the rule errs was not measured for mine." in page.words
    for words in (
        "mfh calibrate",
        "linear or MLPs",
        "random network",
        "paper's world",
        "literature",
    ):
        assert words not in page.words
        assert words not in "".join(str(each.get("aria-label")) for _, each in page.tags)
    known = swept("mfh-alpha")
    monkeypatch.setattr("figures.report.page.CLAIMS", {known.name: known})
    ours = Page(html(verify([known], range(3)))).words
    for words in (
        "measured for these claims in two worlds each by mfh calibrate",
        "Each claim of the",
    ):
        assert words in ours
    for words in ("not measured", "The worlds:", "Other worlds:"):
        assert words not in ours


def test_seeds_that_are_no_range_are_listed() -> None:
    page = Page(html(verify([swept("mfh-alpha")], (3, 5, 11))))
    assert "3 seeds: 3, 5, 11" in page.words


def test_both_files_are_written(found: Verification, text: str, tmp_path: Path) -> None:
    assert write(found, tmp_path) == ["report.html", "verdicts.json"]
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == text
    assert len(json.loads((tmp_path / "verdicts.json").read_text(encoding="utf-8"))["claims"]) == 4
    assert len(list(tmp_path.iterdir())) == 2
