"""The examples in docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

import carpk

MODULES = [name for _, name, _ in pkgutil.walk_packages(carpk.__path__, "carpk.") if not name.endswith("__main__")]


@pytest.mark.parametrize("name", ["carpk", *MODULES])
def test_examples_give_what_they_say(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0
