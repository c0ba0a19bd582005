"""Training of one small network to the end, as machine code that fits the processor.

Full-batch gradient descent, plain or Adam's, of a multilayer perceptron on a loss whose slope along
the logits has the closed form of `analysis.objectives.Slope`.
"""

from analysis.kernel.calls import Kernel
from analysis.kernel.library import kernel

__all__ = ["Kernel", "kernel"]
