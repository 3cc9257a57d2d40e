"""One profile at a time, in plain Python: what the whole-array code must agree with.

Written from the specification's rules, not from the package: it walks over samples, cuts the curve at window edges and
fits every candidate with its own regression.
"""

import itertools
import math


def resolve(samples):
    """(time, level) with None below the limit -> points of the curve, quantified points."""
    samples = sorted(samples)
    positive = [(t, c) for t, c in samples if c is not None]
    after_zero = [t for t, c in positive if t > 0]
    first = after_zero[0] if after_zero else math.inf
    last = after_zero[-1] if after_zero else -math.inf
    points = [(t, c if c is not None else 0.0) for t, c in samples if c is not None or not first < t < last]
    if samples[0][0] > 0:
        points.insert(0, (0.0, 0.0))
    return points, positive


def area(points, start, end, method):
    """Cut every segment at the window and integrate the piece."""
    total = []
    for (t1, c1), (t2, c2) in itertools.pairwise(points):
        low, high = max(t1, start), min(t2, end)
        if low >= high:
            continue
        if method == "linear-up log-down" and 0 < c2 < c1:
            rate = math.log(c1 / c2) / (t2 - t1)
            at = lambda t, c1=c1, t1=t1, rate=rate: c1 * math.exp(-rate * (t - t1))  # noqa: E731
            total.append((at(low) - at(high)) / rate)
        else:
            at = lambda t, c1=c1, c2=c2, t1=t1, t2=t2: c1 + (c2 - c1) * (t - t1) / (t2 - t1)  # noqa: E731
            total.append((high - low) * (at(low) + at(high)) / 2)
    return math.fsum(total)


def terminal(positive):
    """Return (rate, points, adjusted R2) of the best candidate, or None."""
    if not positive:
        return None
    peak = max(c for _, c in positive)
    peak_time = next(t for t, c in positive if c == peak)
    tail = [(t, math.log(c)) for t, c in positive if t > peak_time]
    fits = []
    for n in range(3, len(tail) + 1):
        x, y = zip(*tail[-n:], strict=True)
        mx, my = math.fsum(x) / n, math.fsum(y) / n
        sxx = math.fsum((a - mx) ** 2 for a in x)
        sxy = math.fsum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
        syy = math.fsum((b - my) ** 2 for b in y)
        if max(y) - min(y) < 1e-10 or sxy >= 0:
            continue
        r2 = sxy**2 / (sxx * syy)
        fits.append((-sxy / sxx, n, 1 - (1 - r2) * (n - 1) / (n - 2)))
    if not fits:
        return None
    best = max(fit[2] for fit in fits)
    return max((fit for fit in fits if fit[2] >= best - 1e-4), key=lambda fit: fit[1])


def window(samples, start, end, method, visit_window=None):
    """Area over a window by the default rules, or None."""
    visit_window = {28.0: 2.0, 90.0: 7.0} if visit_window is None else visit_window
    points, positive = resolve(samples)
    last_time, last_level = max(samples)
    covered = area(points, start, end, method)
    gap = end - last_time
    if gap <= 1e-9:
        return covered
    if last_level is None:
        return covered if positive or gap <= visit_window.get(end, 0.0) else None
    if gap > visit_window.get(end, 0.0) + 1e-9:
        return None
    fit = terminal(positive)
    begin = max(start - last_time, 0.0)
    if fit is None:
        return covered + last_level * (gap - begin)
    rate = fit[0]
    return covered + last_level * (math.exp(-rate * begin) - math.exp(-rate * gap)) / rate
