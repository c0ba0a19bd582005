"""The program that trains one network, in Triton; `launch` says what it is given.

A network's parameters stay in registers for all steps, their averages close by; its rows, `ROWS` at a time,
come from the GPU's caches.  Sizes are padded to powers of two with zeros, which stay zeros.

Where else a training goes will go here: rows of a minibatch, by an index for `row`, where `seen` is loaded;
a limit on slopes, before `_stepped`; decay that is not a slope, within it.
"""

from typing import no_type_check

import triton
import triton.language as tl


@triton.jit
@no_type_check
def _less_one(u):
    """Return exp(u) - 1 for u <= 0, near 0 as exact as anywhere."""
    series = 1 + u / 7
    series = 1 + u / 6 * series
    series = 1 + u / 5 * series
    series = 1 + u / 4 * series
    series = 1 + u / 3 * series
    series = 1 + u / 2 * series
    return tl.where(u > -0.35, u * series, tl.exp(u) - 1)


@triton.jit
@no_type_check
def _softmax(logits, real, sharp, COUNT: tl.constexpr, FLAT: tl.constexpr):
    """Return softmax(logits * sharp), and where it is flat less 1 / COUNT, exact however close to that."""
    u = (logits - tl.max(logits, 1)[:, None]) * sharp
    if FLAT:
        e = tl.where(real, _less_one(u), 0.0)
        total = tl.sum(e, 1)[:, None]
        return (e - total / COUNT) / (COUNT + total)
    else:  # noqa: RET505  # the other branch is no code at all
        e = tl.exp(u)
        return e / tl.sum(e, 1)[:, None]


@triton.jit
@no_type_check
def _row(matrix, number, i):
    """Return a row of a matrix whose rows have these numbers."""
    return tl.sum(tl.where(number[:, None] == i, matrix, 0.0), 0)


@triton.jit
@no_type_check
def _stepped(p, slope, mean, square, size, root, decay, kept, ADAM: tl.constexpr):
    """Return parameters after a step, and the averages of their slopes."""
    slope += decay * p
    if ADAM:  # Kingma and Ba (2015), Algorithm 1, with betas 0.9 and 0.999 and epsilon 1e-8
        mean += 0.1 * (slope - mean)
        square = 0.999 * square + 0.001 * (slope * slope)
        p -= size * mean / (tl.sqrt(square) * root + 1e-8)
    else:  # without momentum the mean is the slope
        mean = kept * mean + slope
        p -= size * mean
    return p, mean, square


@triton.jit(do_not_specialize=("rows", "blocks", "steps"))  # else compiled anew for some of them
@no_type_check
def train(
    x,  # (model, row, channel): what networks see
    pull,  # (model, row, class): the part of the slope along the logits that does not change
    weight,  # (model, channel, unit): the first layer, turned
    bias,  # (model, unit)
    head,  # (model, class, unit): the last layer; of a linear network, units are channels
    shift,  # (model, class)
    sizes,  # (step, 2): how far a step goes, and what the root of Adam's mean square is times
    rows,  # that are no padding
    blocks,  # of ROWS rows
    steps,
    decay,
    kept,
    own,  # what multiplies the softmax of the logits, over the number of rows
    taught,  # and that of the logits * sharp
    sharp,
    CHANNELS: tl.constexpr,
    UNITS: tl.constexpr,
    CLASSES: tl.constexpr,
    COUNT: tl.constexpr,  # of classes that are no padding
    ROWS: tl.constexpr,
    HIDDEN: tl.constexpr,
    ADAM: tl.constexpr,
    TWICE: tl.constexpr,
    FLAT: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """Train one network to the end, in place."""
    model = tl.program_id(0).to(tl.int64)
    channel, unit = tl.arange(0, CHANNELS), tl.arange(0, UNITS)
    class_, row = tl.arange(0, CLASSES), tl.arange(0, ROWS)
    real = class_[None, :] < COUNT
    x += model * blocks * ROWS * CHANNELS + row[:, None] * CHANNELS + channel[None, :]
    pull += model * blocks * ROWS * CLASSES + row[:, None] * CLASSES + class_[None, :]
    head += model * CLASSES * UNITS + class_[:, None] * UNITS + unit[None, :]
    shift += model * CLASSES + class_
    v, b = tl.load(head), tl.load(shift)
    v_mean, v_square = tl.zeros_like(v), tl.zeros_like(v)
    b_mean, b_square = tl.zeros_like(b), tl.zeros_like(b)
    if HIDDEN:
        weight += model * CHANNELS * UNITS + channel[:, None] * UNITS + unit[None, :]
        bias += model * UNITS + unit
        w, a = tl.load(weight), tl.load(bias)
        w_mean, w_square = tl.zeros_like(w), tl.zeros_like(w)
        a_mean, a_square = tl.zeros_like(a), tl.zeros_like(a)
    for step in range(steps):
        v_slope, b_slope = tl.zeros_like(v), tl.zeros_like(b)
        if HIDDEN:
            w_slope, a_slope = tl.zeros_like(w), tl.zeros_like(a)
        for block in range(blocks):  # forward and back: no block needs another
            seen = tl.load(x + block * ROWS * CHANNELS)
            if HIDDEN:
                units = tl.dot(seen, w, input_precision=PRECISION) + a[None, :]
                units = tl.where(units < 0, 0.0, units)  # a nan stays one
            else:
                units = seen
            logits = tl.where(real, b[None, :], float("-inf")) + tl.zeros((ROWS, 1), tl.float32)
            for c in tl.static_range(COUNT):  # too few columns for a product of matrices
                said = tl.sum(units * _row(v, class_, c)[None, :], 1)
                logits += tl.where(class_[None, :] == c, said[:, None], 0.0)
            slope = tl.load(pull + block * ROWS * CLASSES)
            slope += own * _softmax(logits, real, 1.0, COUNT, False)
            if TWICE:
                slope += taught * _softmax(logits, real, sharp, COUNT, FLAT)
            slope = tl.where(real & (block * ROWS + row[:, None] < rows), slope, 0.0)
            b_slope += tl.sum(slope, 0)
            back = tl.zeros_like(units)
            for c in tl.static_range(COUNT):
                its = tl.sum(tl.where(class_[None, :] == c, slope, 0.0), 1)[:, None]
                back += its * _row(v, class_, c)[None, :]
                v_slope += tl.where(class_[:, None] == c, tl.sum(units * its, 0)[None, :], 0.0)
            if HIDDEN:
                back = tl.where(units > 0, back, 0.0)
                a_slope += tl.sum(back, 0)
                w_slope = tl.dot(tl.trans(seen), back, w_slope, input_precision=PRECISION)
        size, root = tl.load(sizes + 2 * step), tl.load(sizes + 2 * step + 1)
        v, v_mean, v_square = _stepped(v, v_slope, v_mean, v_square, size, root, decay, kept, ADAM)
        b, b_mean, b_square = _stepped(b, b_slope, b_mean, b_square, size, root, decay, kept, ADAM)
        if HIDDEN:
            w, w_mean, w_square = _stepped(
                w, w_slope, w_mean, w_square, size, root, decay, kept, ADAM
            )
            a, a_mean, a_square = _stepped(
                a, a_slope, a_mean, a_square, size, root, decay, kept, ADAM
            )
    tl.store(head, v)
    tl.store(shift, b)
    if HIDDEN:
        tl.store(weight, w)
        tl.store(bias, a)
