"""Every loss once more, in float64 and for one network: what contestants' final losses are by.

Each is written from its formula, with numpy alone.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from benchmarks.peers.problem import (
    DECOUPLED,
    ENCODERS,
    FEATURES,
    HINT,
    LABELS,
    ONE_LOGIT,
    RELATIONAL,
    Arrays,
    Networks,
)

Loss = Callable[..., float]
"""``loss(parameters, x, y, …)`` of one network, with biases (fan_out,)."""


def layers(parameters: Sequence[np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Return every layer's units, the logits last."""
    *hidden, (last, shift) = zip(parameters[::2], parameters[1::2], strict=True)
    found = []
    for weight, bias in hidden:
        x = np.maximum(x @ weight.T + bias, 0)
        found.append(x)
    return [*found, x @ last.T + shift]


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return log-probabilities."""
    return logits - np.logaddexp.reduce(logits, -1, keepdims=True)


def cross_entropy(logits: np.ndarray, y: np.ndarray) -> float:
    """Return the mean of -log p of the right class."""
    return float(-log_softmax(logits)[np.arange(len(y)), y].mean())


def divergence(p: np.ndarray, q: np.ndarray) -> float:
    """Return KL(p || q) of log-probabilities, the mean over rows."""
    return float((np.exp(p) * (p - q)).sum(-1).mean())


def labels(parameters: Arrays, x: np.ndarray, y: np.ndarray) -> float:
    """Return the cross-entropy of labels."""
    return cross_entropy(layers(parameters, x)[-1], y)


def decoupled(
    parameters: Arrays, x: np.ndarray, y: np.ndarray, _: np.ndarray, taught: np.ndarray
) -> float:
    """Return the divergence of right against wrong, and twice that among the wrong, at T = 2."""
    logits = layers(parameters, x)[-1]
    both = []
    for each in (taught / 2, logits / 2):
        right = each[np.arange(len(y)), y]
        wrong = each[np.arange(each.shape[1]) != y[:, None]].reshape(len(y), -1)
        pair = np.stack([right, np.logaddexp.reduce(wrong, -1)], -1)
        both.append((log_softmax(pair), log_softmax(wrong)))
    (pair_t, wrong_t), (pair_s, wrong_s) = both
    apart = divergence(pair_t, pair_s) + 2 * divergence(wrong_t, wrong_s)
    return cross_entropy(logits, y) + 4 * apart


def hint(
    parameters: Arrays, x: np.ndarray, y: np.ndarray, hidden: np.ndarray, _: np.ndarray
) -> float:
    """Return the loss with the best projector: the one that was trained is not kept."""
    own, logits = layers(parameters[:4], x)
    with_one = np.column_stack([own, np.ones(len(own))])
    best = np.linalg.lstsq(with_one, hidden)[0]
    return cross_entropy(logits, y) + float(((with_one @ best - hidden) ** 2).mean())


def relational(
    parameters: Arrays, x: np.ndarray, y: np.ndarray, hidden: np.ndarray, _: np.ndarray
) -> float:
    """Return how far the distances between rows are apart, each over their mean."""
    own, logits = layers(parameters, x)
    both = []
    for rows in (own, hidden):
        squares = (rows**2).sum(-1)
        apart = squares[:, None] + squares - 2 * rows @ rows.T
        distances = np.sqrt(np.maximum(apart, 1e-6))
        both.append(distances / distances.mean())
    return cross_entropy(logits, y) + float(((both[0] - both[1]) ** 2).mean())


def features(
    parameters: Arrays, x: np.ndarray, y: np.ndarray, hidden: np.ndarray, taught: np.ndarray
) -> float:
    """Return the divergence at T = 4, and how far the hidden layers are apart, on all rows."""
    own, logits = layers(parameters, x)
    said = divergence(log_softmax(taught / 4), log_softmax(logits / 4))
    return cross_entropy(logits, y) + 16 * said + float(((own - hidden) ** 2).mean())


def encoders(parameters: Arrays, x: np.ndarray, y: np.ndarray, other: np.ndarray) -> float:
    """Return the cross-entropy of both, and how far they are apart once normalised over rows."""
    heard, found = [], 0.0
    for (weight, bias), rows in zip((parameters[:2], parameters[2:4]), (x, other), strict=True):
        hidden = np.maximum(rows @ weight.T + bias, 0)
        deviation = np.sqrt(hidden.var(0) + 1e-3)
        heard.append((hidden - hidden.mean(0)) / deviation)
        found += cross_entropy(heard[-1] @ parameters[4].T + parameters[5], y)
    return found + float(((heard[0] - heard[1]) ** 2).mean())


LOSSES: Mapping[str, Loss] = {
    LABELS: labels,
    ONE_LOGIT: labels,
    DECOUPLED: decoupled,
    HINT: hint,
    RELATIONAL: relational,
    FEATURES: features,
    ENCODERS: encoders,
}


def losses(networks: Networks, parameters: Arrays) -> list[float]:
    """Return the loss of the first networks, as many as there are parameters of, on all rows."""
    loss, found = LOSSES[networks.task.loss], []
    for i in range(len(parameters[0])):
        own = tuple(each[i].astype(np.float64) for each in parameters)
        x, y, *others = (each[i] for each in networks.data)
        wide = [each.astype(np.float64) for each in (x, *others)]
        found.append(loss(own, wide[0], y, *wide[1:]))
    return found
