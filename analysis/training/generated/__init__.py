"""A loss of one's own as machine code: recorded from torch, written in C++, compiled once."""

from analysis.training.generated.program import Program, program_of

__all__ = ["Program", "program_of"]
