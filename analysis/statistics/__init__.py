"""Paired gains and what can be said of them: intervals, trends, crossings, parts, precision."""

from analysis.statistics.along_steps import along_steps
from analysis.statistics.always_valid import always_valid_interval, always_valid_p
from analysis.statistics.bootstrap import intervals
from analysis.statistics.crossings import crossing
from analysis.statistics.decomposition import decompose, gain_parts
from analysis.statistics.gains import paired_gains
from analysis.statistics.multiple_testing import holm
from analysis.statistics.page_trend import page_trend
from analysis.statistics.sample_size import required_seeds
from analysis.statistics.summary import mean_interval, summarise

__all__ = [
    "along_steps",
    "always_valid_interval",
    "always_valid_p",
    "crossing",
    "decompose",
    "gain_parts",
    "holm",
    "intervals",
    "mean_interval",
    "page_trend",
    "paired_gains",
    "required_seeds",
    "summarise",
]
