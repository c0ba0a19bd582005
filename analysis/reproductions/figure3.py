"""Figure 3: the teacher's own features grow."""

from analysis.protocols import PROTOCOLS
from analysis.reproductions.paper import PaperResult, percent
from venn import growing_alpha

FIGURE3 = PaperResult(
    name="figure3",
    title="Figure 3: the teacher's own features grow",
    axis="alpha",
    path=growing_alpha(),
    protocols={name: PROTOCOLS[name] for name in ("synthetic", "published", "released")},
    published=percent(  # read off, about ±0.2
        {
            "teacher": [58.0, 64.2, 71.5, 77.8, 88.7],
            "no_kd": 57.3,
            "kd": [58.6, 58.4, 58.3, 57.8, 57.3],
        }
    ),
    printed=percent(
        {
            "teacher": [58.45, 65.20, 70.78, 79.62, 90.53],
            "no_kd": 57.90,
            "kd": [59.49, 58.87, 58.56, 58.46, 58.21],
            "gain": [1.59, 0.97, 0.66, 0.56, 0.31],
        }
    ),
)
