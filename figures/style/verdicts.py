"""How a verdict looks: its colour and its mark, the same in figures and on the page."""

from typing import Any

from figures.style.theme import HIDDEN

SUPPORTED, REFUTED = "#00664B", "#B3261E"

VERDICT_STYLE: dict[str, dict[str, Any]] = {
    "supported": {"color": SUPPORTED, "marker": "o"},
    "refuted": {"color": REFUTED, "marker": "X"},
    "inconclusive": {"color": HIDDEN, "marker": "o", "markerfacecolor": "white"},
}
"""A claim in a world: a filled circle, a cross, a hollow circle."""

VERDICT_SIGN = {"supported": "●", "refuted": "✕", "inconclusive": "○", "failed": "–"}
"""The same in text."""

STATE_VERDICT = {"holds": "supported", "contradicted": "refuted", "open": "inconclusive"}
"""Whose colour and sign a part has, by where its interval lies."""
