"""What can be known of a label, in two numbers and their errors."""

from dataclasses import dataclass
from typing import Literal

Method = Literal["exact", "monte carlo"]


@dataclass(frozen=True)
class Truth:
    """How well anyone can do from what is seen.

    Parameters
    ----------
    score : float
        Bayes accuracy, a fraction; for a real target the largest possible R².
    information : float
        Mutual information of what is seen and the label, in bits.
    score_error, information_error : float
        Standard errors of a Monte Carlo value, its bias bound included; 0 otherwise, where the
        value is exact to at least 9 decimals.
    method : {"exact", "monte carlo"}
        How the values were found; exact means in closed form or by quadrature.
    """

    score: float
    information: float
    score_error: float = 0.0
    information_error: float = 0.0
    method: Method = "exact"
