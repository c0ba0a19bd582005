"""A bar that remembers how it moved."""

from collections.abc import Callable


class Shown:
    """What stands in for a bar of tqdm.

    Parameters
    ----------
    moved : callable, optional
        Called with the number that is reached, each time that it is told.
    """

    def __init__(self, moved: Callable[[int], object] = lambda _: None) -> None:
        self.total: float | None = None
        self.seen = [0]
        self._moved = moved

    @property
    def n(self) -> int:
        """The number that is reached."""
        return self.seen[-1]

    def update(self, n: float = 1) -> None:
        """Move on."""
        if n:
            self.seen.append(self.n + int(n))
        self._moved(self.n)
