"""What an operation may read at most, before it reads anything: page sizes multiply, variables count by their value.

The unit is one field of one row. It is a bound of work, not a price: an operation within its budget runs, whatever it costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLList, GraphQLNonNull

from server.planner import declarations as d
from server.planner.selections import Selected, Selection

COUNTING = 50
"""A `totalCount`: an index is walked over up to 10,000 entries."""
CLOSED_LIST = 10
"""Rows or values in a list that says no size: closed lists are short by nature."""
COMPUTING = 5
"""A computed field: a statement of its own for all rows of a level, or a piece of Python."""
SEARCHING = 20
"""A search: every n-gram of what is searched for is looked up."""
_CEILING = 10**9

Sites = Mapping[int, Mapping[str, Any]]


@dataclass(slots=True)
class Costs:
    """The costs of one operation, by field. `at` is what one occurrence costs with everything below it."""

    sites: Sites
    at: dict[int, int] = field(default_factory=dict)
    _below: dict[int, int] = field(default_factory=dict)

    def total(self, selection: Selection) -> int:
        return min(sum(self.of(root) for root in selection.roots), _CEILING)

    def of(self, one: Selected) -> int:
        found = self.at.get(id(one))
        if found is None:
            found = self.at[id(one)] = min(self._field(one), _CEILING)
        return found

    def rows(self, one: Selected) -> int:
        """How many rows or values one occurrence of the field stands for at most."""
        match one.declaration:
            case d.Connection():
                size: int = self.sites[one.site]["page"].size
                return size
            case d.Link(many=True):
                return CLOSED_LIST
            case d.Act() | d.Stream() | None:
                return 1
        return self._list_size(one) if _is_list(one) else 1

    def _list_size(self, one: Selected) -> int:
        """Whoever gives a list gets one: `nodes(ids: […])` answers as many as it was given."""
        given = self.sites.get(one.site, {}) if one.arguments is not None else {}
        sizes = [len(value) for value in given.values() if isinstance(value, list | tuple)]
        return max(sizes, default=CLOSED_LIST)

    def below(self, one: Selected) -> int:
        """What one row of the field costs. Of an interface, the dearest type counts: a row has one type."""
        key = id(one.children)
        found = self._below.get(key)
        if found is None:
            groups = one.children.values()
            found = max((sum(self.of(child) for child in group) for group in groups), default=0)
            self._below[key] = found = min(found, _CEILING)
        return found

    def _field(self, one: Selected) -> int:
        below = self.below(one)
        match one.declaration:
            case d.Connection():
                # An edge and its node cost nothing by themselves; what is asked of the row does.
                return 1 + self._extras(one) + max(self.rows(one), 1) * max(below - 1, 1)
            case d.Computed():
                return COMPUTING + max(self.rows(one), 1) * below
            case d.Link() | d.Value():
                return 1 + self.rows(one) * (max(below, 1) if one.children else 0)
        return 1 + below

    def _extras(self, one: Selected) -> int:
        """What a page costs besides its rows: counting them all, and searching among them."""
        page = self.sites[one.site]["page"]
        counting = COUNTING if any(child.name.startswith("totalCount") for child in one.only()) else 0
        searching = SEARCHING if page.searched else 0
        return counting + searching + len(page.conditions)


def cost_of(selection: Selection, sites: Sites) -> int:
    """How many fields of rows the operation may ask for."""
    return Costs(sites).total(selection)


def weights_of(selection: Selection, sites: Sites) -> tuple[Any, ...]:
    """All of the arguments that the cost depends on: two calls alike in it cost the same."""
    return tuple(_weights(one, sites.get(one.site, {})) for one in selection.sites if not one.is_constant)


def _weights(one: Selected, given: Mapping[str, Any]) -> tuple[int, ...]:
    if isinstance(one.declaration, d.Connection):
        page = given["page"]
        return page.size, page.searched, len(page.conditions)
    return tuple(len(value) for value in given.values() if isinstance(value, list | tuple))


def costs_by_path(selection: Selection, costs: Costs) -> Iterator[tuple[str, int, int]]:
    """Every field that leads to rows or Python, by its path: what all its occurrences cost, and how many rows they are."""
    stack = [(root, root.key, 1) for root in reversed(selection.roots)]
    seen: set[tuple[str, int]] = set()
    while stack:
        one, path, times = stack.pop()
        if (path, id(one.children)) in seen:
            continue
        seen.add((path, id(one.children)))
        rows = min(times * max(costs.rows(one), 1), _CEILING)
        if one.children or isinstance(one.declaration, d.Computed):
            yield path, min(times * costs.of(one), _CEILING), rows
        children = {child.key: child for group in one.children.values() for child in group}
        stack.extend((child, f"{path}.{child.key}", rows) for child in reversed(children.values()))


def _is_list(one: Selected) -> bool:
    if one.definition is None:
        return False
    type_ = one.definition.type
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)
