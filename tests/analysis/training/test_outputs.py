"""Scores; that outputs are the logits, and each network's alone, is in test_roads.py."""

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from analysis import MLP, accuracy
from analysis.training.groups import Models
from analysis.training.outputs import outputs, scores
from tests.analysis.plain import networks

MODELS, ROWS, CHANNELS = 5, 37, 9


@pytest.mark.parametrize("listed", [False, True], ids=["one tensor", "a list"])
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true:UserWarning")
def test_scores_are_those_of_a_library(listed: bool) -> None:
    """Balanced accuracy is over the classes that labels have; a constant answer recalls one."""
    generator = torch.Generator().manual_seed(2)
    parameters = networks(MLP(CHANNELS, 6, classes=4), MODELS)
    parameters[-1][3, 0] += 1e4  # one class to every row
    x = torch.randn(MODELS, ROWS, CHANNELS, generator=generator)
    answers = outputs(parameters, x).argmax(-1)
    y = torch.randint(0, 4, (MODELS, ROWS), generator=generator)
    y[0] = y[0].clamp(max=1)  # classes that no label has
    y[1] = 1
    y[2] = answers[2]
    parts: list[Models] = [list(part.split(1)) if listed else part for part in (x, y)]
    found = scores(outputs(parameters, parts[0]), parts[1])
    for i, (labels, own) in enumerate(zip(y.numpy(), answers.numpy(), strict=True)):
        assert found.accuracy[i] == accuracy_score(labels, own)
        assert np.isclose(found.balanced_accuracy[i], balanced_accuracy_score(labels, own))
        assert found.constant[i] == (len(set(own)) == 1)
    assert found.accuracy[2] == 1
    assert found.constant[3]
    assert found.balanced_accuracy[3] == 1 / len(set(y[3].tolist()))
    assert torch.equal(accuracy(parameters, parts[0], parts[1]), found.accuracy)
