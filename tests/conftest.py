"""Settings of all tests."""

import os

from hypothesis import settings

# A busy machine is no failure; a property is not about how long it takes.
settings.register_profile("mfh", deadline=None, max_examples=30)
# Mutants are many: few examples each, and the same ones in every run.
settings.register_profile(
    "mutants", deadline=None, max_examples=12, derandomize=True, database=None
)
settings.load_profile("mfh")

if "PYTEST_XDIST_WORKER" in os.environ:  # one process a core: each has one thread
    os.environ.setdefault("OMP_NUM_THREADS", "1")
