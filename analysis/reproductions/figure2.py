"""Figure 2: the modalities' overlap grows."""

from analysis.protocols import PROTOCOLS
from analysis.reproductions.paper import PaperResult, percent
from venn import growing_gamma

FIGURE2 = PaperResult(
    name="figure2",
    title="Figure 2: the modalities' overlap grows",
    axis="gamma",
    path=growing_gamma(),
    protocols={name: PROTOCOLS[name] for name in ("synthetic", "published", "released")},
    published=percent(  # read off, about ±0.2
        {
            "teacher": [71.45, 71.4, 71.15, 71.2, 71.1, 70.9],
            "no_kd": 67.95,
            "kd": [66.35, 67.15, 67.8, 68.7, 69.4, 70.05],
        }
    ),
    printed=percent(
        {
            "teacher": [70.38, 70.17, 70.42, 72.58, 76.37, 73.38],
            "no_kd": 69.41,
            "kd": [68.70, 68.96, 69.07, 69.65, 70.94, 71.91],
            "gain": [-0.71, -0.45, -0.34, 0.24, 1.53, 2.50],
        }
    ),
)
