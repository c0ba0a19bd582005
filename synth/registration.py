"""The entry point that tells hypothesis which types have a strategy here."""

from typing import Any

from synth.population import Population
from synth.rules import RULES, Rule
from synth.sample import Sample
from synth.views import VIEWS, View
from venn.diagram import VennDiagram


def register() -> None:
    """Register every type; its strategy is made when it is asked for.

    Hypothesis calls this at the end of its own import, which may be the import of `strategies`: so
    that module cannot be needed yet.
    """
    from hypothesis import strategies  # noqa: PLC0415  # an extra, and here it is imported already

    for kind in (VennDiagram, Population, Sample, Rule, *RULES.values(), View, *VIEWS.values()):
        strategies.register_type_strategy(kind, _strategy_for)


def _strategy_for(kind: type) -> Any:
    from synth.strategies import strategy_for  # noqa: PLC0415  # see register

    return strategy_for(kind)
