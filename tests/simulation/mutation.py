"""Planted bugs: a line of a shipped flow is changed in its source, and only while the context lasts.

The mutated source is compiled, and each function whose code differs gets the new code in place, so that whoever
imported the function runs the bug.
"""

from __future__ import annotations

import contextlib
import inspect
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


class Change(NamedTuple):
    """One change of source: `old` must occur exactly once in the module."""

    module: ModuleType
    old: str
    new: str


@contextlib.contextmanager
def planted(*changes: Change) -> Iterator[None]:
    """Run with every change in place; AssertionError if the shipped source no longer has what a change replaces."""
    with contextlib.ExitStack() as stack:
        for change in changes:
            stack.enter_context(_planted(change))
        yield


@contextlib.contextmanager
def _planted(change: Change) -> Iterator[None]:
    source = inspect.getsource(change.module)
    found = source.count(change.old)
    assert found == 1, f"{change.module.__name__} has {found} places that read {change.old!r}: adapt the planted bug"
    whole = compile(source.replace(change.old, change.new), str(change.module.__file__), "exec", dont_inherit=True)
    mutants = dict(_codes(whole))
    swapped: list[tuple[FunctionType, CodeType]] = []
    for function in _functions(change.module):
        mutant = mutants.get(function.__code__.co_qualname)
        if mutant is not None and mutant != function.__code__:
            swapped.append((function, function.__code__))
            function.__code__ = mutant
    assert swapped, f"the change of {change.old!r} touches no function of {change.module.__name__}"
    try:
        yield
    finally:
        for function, code in swapped:
            function.__code__ = code


def _codes(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant.co_qualname, constant
            yield from _codes(constant)


def _functions(owner: ModuleType | type) -> Iterator[FunctionType]:
    home = owner.__name__ if not isinstance(owner, type) else owner.__module__
    for value in list(vars(owner).values()):
        if isinstance(value, type) and value.__module__ == home and value is not owner:
            yield from _functions(value)
        for function in (value, *_wrapped(value)):
            if isinstance(function, FunctionType) and function.__module__ == home:
                yield function


def _wrapped(value: object) -> tuple[object, ...]:
    """What hides behind properties, static and class methods, and decorators that keep `__wrapped__`."""
    if isinstance(value, property):
        return (value.fget, value.fset)
    return (getattr(value, "__func__", None), getattr(value, "__wrapped__", None))
