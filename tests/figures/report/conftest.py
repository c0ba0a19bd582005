import pytest

from analysis.verdicts import Verification
from tests.figures.claims.made import mixed


@pytest.fixture(scope="package")
def found() -> Verification:
    """Return a verification with every verdict, and a failure."""
    return mixed()
