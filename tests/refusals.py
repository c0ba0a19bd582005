"""In which words a call is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from venn import ArgumentError


def refusal(call: Callable[..., Any], *arguments: Any, **options: Any) -> str:
    """Return the words in which a call is refused."""
    with pytest.raises(ArgumentError) as error:
        call(*arguments, **options)
    return str(error.value)
