"""Every loss once more, in JAX: programs of one network whose samples are rows or columns.

``program(axis, x, y, …) -> loss(parameters)``, where units and classes lie along the axis 1 or 0:
what data alone give is worked out when the loss is made, which is before the first step.
"""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.nn import log_softmax, relu

from benchmarks.peers.problem import (
    DECOUPLED,
    ENCODERS,
    FEATURES,
    HINT,
    LABELS,
    ONE_LOGIT,
    RELATIONAL,
)

Loss = Callable[[Any], Any]
Program = Callable[..., Loss]


def linear(axis: int, weight: Any, bias: Any, rows: Any) -> Any:
    """Return a linear map of rows, or of columns."""
    return rows @ weight.T + bias if axis else weight @ rows + bias[:, None]


def layers(axis: int, parameters: Any, x: Any) -> list[Any]:
    """Return every layer's units, the logits last."""
    *hidden, last = zip(parameters[::2], parameters[1::2], strict=True)
    found = []
    for weight, bias in hidden:
        x = relu(linear(axis, weight, bias, x))
        found.append(x)
    return [*found, linear(axis, *last, x)]


def right(axis: int, y: Any, like: Any) -> Any:
    """Return which class of each row is the right one: a comparison is faster than a gather."""
    return jax.nn.one_hot(y, like.shape[axis], axis=axis, dtype=bool)


def chosen(axis: int, which: Any, log_p: Any) -> Any:
    """Return the log-probability of each row's class."""
    return jnp.where(which, log_p, 0).sum(axis)


def cross_entropy(axis: int, logits: Any, y: Any) -> Any:
    """Return the mean of -log p of the right class."""
    if axis and logits.shape[axis] == 2:  # as it is usually written
        return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()
    return -chosen(axis, right(axis, y, logits), log_softmax(logits, axis)).mean()


def divergence(axis: int, p: Any, q: Any) -> Any:
    """Return KL(p || q) of log-probabilities, the mean over rows."""
    return (jnp.exp(p) * (p - q)).sum(axis).mean()


def labels(axis: int, x: Any, y: Any) -> Loss:
    """Return the cross-entropy of labels."""
    return lambda parameters: cross_entropy(axis, layers(axis, parameters, x)[-1], y)


def one_logit(axis: int, x: Any, y: Any) -> Loss:
    """Return the same of two classes, whose one logit is the difference of two."""
    sign = 1.0 - 2.0 * y

    def loss(parameters: Any) -> Any:
        said = layers(axis, parameters, x)[-1].squeeze(axis)
        return jax.nn.softplus(sign * said).mean()

    return loss


def decoupled(axis: int, x: Any, y: Any, _: Any, taught: Any) -> Loss:
    """Return the divergence of right against wrong, and twice that among the wrong, at T = 2."""
    own = right(axis, y, taught)

    def both(logits: Any) -> tuple[Any, Any]:
        log_p = log_softmax(logits / 2, axis)
        p = jnp.clip(jnp.exp(chosen(axis, own, log_p)), 1e-6, 1 - 1e-6)
        pair = jnp.log(jnp.stack([p, 1 - p], axis))
        return pair, log_softmax(jnp.where(own, -1e4, log_p), axis)

    pair_t, wrong_t = both(taught)

    def loss(parameters: Any) -> Any:
        logits = layers(axis, parameters, x)[-1]
        pair_s, wrong_s = both(logits)
        apart = divergence(axis, pair_t, pair_s) + 2 * divergence(axis, wrong_t, wrong_s)
        return cross_entropy(axis, logits, y) + 4 * apart

    return loss


def hint(axis: int, x: Any, y: Any, hidden: Any, _: Any) -> Loss:
    """Return how far a linear map of the hidden layer is from the teacher's."""

    def loss(parameters: Any) -> Any:
        *network, weight, bias = parameters
        *_, own, logits = layers(axis, network, x)
        apart = jnp.square(linear(axis, weight, bias, own) - hidden).mean()
        return cross_entropy(axis, logits, y) + apart

    return loss


def relational(axis: int, x: Any, y: Any, hidden: Any, _: Any) -> Loss:
    """Return how far the distances between rows are apart, each over their mean."""

    def distances(rows: Any) -> Any:
        inner = rows @ rows.T if axis else rows.T @ rows
        squares = jnp.square(rows).sum(axis)
        apart = jnp.sqrt(jnp.maximum(squares[:, None] + squares - 2 * inner, 1e-6))
        return apart / apart.mean()

    theirs = distances(hidden)

    def loss(parameters: Any) -> Any:
        *_, own, logits = layers(axis, parameters, x)
        return cross_entropy(axis, logits, y) + jnp.square(distances(own) - theirs).mean()

    return loss


def features(axis: int, x: Any, y: Any, hidden: Any, taught: Any) -> Loss:
    """Return the divergence at T = 4, and how far the hidden layers are apart."""
    log_t = log_softmax(taught / 4, axis)

    def loss(parameters: Any) -> Any:
        *_, own, logits = layers(axis, parameters, x)
        said = divergence(axis, log_t, log_softmax(logits / 4, axis))
        apart = jnp.square(own - hidden).mean()
        return cross_entropy(axis, logits, y) + 16 * said + apart

    return loss


def encoders(axis: int, x: Any, y: Any, other: Any) -> Loss:
    """Return the cross-entropy of two encoders with one head, and how far they are apart."""
    over = 1 - axis  # along the rows

    def loss(parameters: Any) -> Any:
        heard, found = [], 0.0
        *encoders, last, shift = parameters
        pairs = zip(encoders[::2], encoders[1::2], (x, other), strict=True)
        for weight, bias, rows in pairs:
            hidden = relu(linear(axis, weight, bias, rows))
            centred = hidden - hidden.mean(over, keepdims=True)
            deviation = jnp.sqrt(jnp.square(centred).mean(over, keepdims=True) + 1e-3)
            heard.append(centred / deviation)
            found += cross_entropy(axis, linear(axis, last, shift, heard[-1]), y)
        return found + jnp.square(heard[0] - heard[1]).mean()

    return loss


PROGRAMS: Mapping[str, Program] = {
    LABELS: labels,
    ONE_LOGIT: one_logit,
    DECOUPLED: decoupled,
    HINT: hint,
    RELATIONAL: relational,
    FEATURES: features,
    ENCODERS: encoders,
}
