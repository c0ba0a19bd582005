from collections.abc import Iterator

import pytest
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Close the figures that drawings without axes have opened."""
    yield
    plt.close("all")
