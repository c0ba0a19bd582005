"""Training of one small network, or of a pair, to the end, as machine code that fits the processor.

Full-batch gradient descent, plain, with momentum or Adam's, of a multilayer perceptron on a loss
whose slope along the logits has the closed form of `LogitGradient`; or of two on the sum of such
losses and of what their logits differ by.
"""

from analysis.training.kernel.calls import Kernel
from analysis.training.kernel.library import kernel, kernel_for

__all__ = ["Kernel", "kernel", "kernel_for"]
