"""Numbers as a report prints them (nca.md section 7 of the specification): rounding happens here and nowhere else."""

import math
import re
from collections.abc import Sequence

from carpk.terms import Term

_LABORATORY_DIGITS = 9
_NUMBER = re.compile(r"\u2212?[\d,]+(\.\d+)?")
_SUPERSCRIPTS = str.maketrans("-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")


def derived(number: float, digits: int = 3) -> str:
    """Write a computed number with significant digits, trailing zeros kept.

    Examples
    --------
    >>> derived(720050.3416), derived(0.5), derived(39.7307)
    ('720,000', '0.500', '39.7')
    """
    if number == 0:
        return "0"
    size = _magnitude(float(f"{number:.{digits - 1}e}"))
    if not -4 <= size < 10:
        mantissa, exponent = f"{number:.{digits - 1}e}".split("e")
        return f"{_minus(mantissa)} \u00d7 10{superscript(int(exponent))}"
    return _minus(f"{round(number, digits - 1 - size):,.{max(digits - 1 - size, 0)}f}")


def observed(number: float) -> str:
    """Write a measured number with the digits it came with; whole digits are never dropped.

    A number of more than nine digits comes from a conversion, not from a laboratory, and is given to six.

    Examples
    --------
    >>> observed(62000.0), observed(63168.07), observed(0.0287 * 1000), observed(1e6 / 6.6)
    ('62,000', '63,168.07', '28.7', '151,515')
    """
    if number == 0:
        return "0"
    size = _magnitude(number)
    if size < -4:
        return derived(number)
    digits = len(f"{number:.11e}".split("e")[0].lstrip("-").replace(".", "").rstrip("0"))
    decimals = max((digits if digits <= _LABORATORY_DIGITS else 6) - 1 - size, 0)
    return _minus(f"{number:,.{decimals}f}")


def time(number: float) -> str:
    """Write a time as measured, to two decimals; below 0.1, to two significant digits.

    Examples
    --------
    >>> time(27.3), time(14.0), time(6.95833333), time(0.0416667)
    ('27.3', '14', '6.96', '0.042')
    """
    if number and abs(number) < 0.1:
        return derived(number, 2)
    text = f"{number:,.2f}".rstrip("0").rstrip(".")
    return _minus("0" if text == "-0" else text)


def count(number: float) -> str:
    """Write a whole number.

    Examples
    --------
    >>> count(1234.0)
    '1,234'
    """
    return f"{number:,.0f}"


def parameter(term: Term, number: float) -> str:
    """Write a parameter's value: measured ones as they came, times as measured, derived ones to three digits."""
    if term.kind == "count":
        return count(number)
    if not term.observed:
        return derived(number)
    return time(number) if term.kind == "time" else observed(number)


def statistic(term: Term, number: float) -> str:
    """Write a median or an extreme of a parameter, in the manner of its values; a median count may end in .5."""
    return time(number) if term.kind == "count" else parameter(term, number)


def decimal_padding(texts: Sequence[str]) -> list[str]:
    """Say what must stand, unseen, behind each number so that the decimal points of all are above each other.

    Examples
    --------
    >>> decimal_padding(["12", "3.25", "0.5", "none"])
    ['.00', '', '0', '']
    """
    decimals = [len(text.partition(".")[2]) if _NUMBER.fullmatch(text) else None for text in texts]
    most = max((places for places in decimals if places is not None), default=0)
    return ["" if places is None or not most else _tail(places, most) for places in decimals]


def _tail(places: int, most: int) -> str:
    return ("" if places else ".") + "0" * (most - places)


def superscript(power: int) -> str:
    """Write a whole number raised, as the power of ten is."""
    return str(power).translate(_SUPERSCRIPTS)


def _magnitude(number: float) -> int:
    return math.floor(math.log10(abs(number)))


def _minus(text: str) -> str:
    return text.replace("-", "\u2212")
