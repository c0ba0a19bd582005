"""The bar that a terminal shows while networks are trained."""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def bar(label: str, models: int | None = None) -> Iterator[None]:
    """Show, where somebody watches, how many networks have been trained until the block ends.

    Parameters
    ----------
    label : str
        What stands before it.
    models : int, optional
        How many models are to come, where what trains them does not know of all.
    """
    from tqdm import tqdm

    from analysis.training.progress import expecting, progress

    shown = tqdm(desc=label, total=models, unit="net", disable=None, smoothing=0.1)
    with shown, progress(shown):
        if models is None:
            yield
            return
        with expecting(lambda: models):
            yield
