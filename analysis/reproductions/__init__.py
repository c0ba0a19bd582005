"""The figures and tables of the paper, and the lecture's sweeps, each under a protocol."""
