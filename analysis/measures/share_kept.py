"""How much of what is general a general teacher sees."""

from dataclasses import dataclass

from analysis.measures.measure import Answers, Measure
from analysis.methods.general_teacher import GeneralTeacher, SeesKept
from analysis.methods.method import Method, Setup
from analysis.methods.network import Network
from analysis.protocols import ReleasedTable2, Synthetic


@dataclass(frozen=True)
class ShareKept(Measure):
    """The share of what is general that the channels hold which a general teacher keeps.

    See `share_kept` of the protocol; 1 for one that sees what is general by the truth.
    """

    unit = "fraction"
    of_point = True

    def applies(self, method: Method, setup: Setup) -> bool:
        """Return whether a method's models are general teachers."""
        return isinstance(method, GeneralTeacher) and super().applies(method, setup)

    def of(self, answers: Answers) -> list[float]:
        """Return the share of each."""
        found = []
        for model, place in zip(answers.models, answers.places, strict=True):
            assert isinstance(model, Network)
            if not isinstance(model.sees, SeesKept):
                found.append(1.0)
                continue
            channels, protocol = model.sees.channels, place.protocol
            assert isinstance(protocol, Synthetic | ReleasedTable2)  # whose teachers keep channels
            assert channels is not None  # or its network saw nothing, and is not finite
            found.append(protocol.share_kept(place.diagram, channels))
        return found
