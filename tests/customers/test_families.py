"""Merges and their undoing in any order: whatever happens, who is one with whom is what was said, and nothing is lost."""

from __future__ import annotations

from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.customers.clinic import Clinic
from tests.customers.families import ask, everything, gid, merge, unmerge

PEOPLE = 5
moves = st.lists(
    st.tuples(st.booleans(), st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1)), min_size=1, max_size=8
)


class Said:
    """What was said so far: who was merged into whom."""

    def __init__(self) -> None:
        self.into: dict[int, int] = {}

    def head(self, one: int) -> int:
        return self.head(self.into[one]) if one in self.into else one

    def merge(self, one: int, other: int) -> bool:
        """Whether the act is done, or refused because the two are one and it names who stays, or one twice."""
        stays, goes = self.head(one), self.head(other)
        if stays == goes:
            return other not in (stays, one)
        self.into[goes] = stays
        return True

    def unmerge(self, one: int) -> bool:
        return self.into.pop(one, None) is not None


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves)
async def test_who_is_one_with_whom(clinic: Clinic, tried: list[tuple[bool, int, int]]) -> None:
    staff = await clinic.staff()
    people = [
        (await clinic.add(name=f"王{number}", phone=None, staff_id=staff, tags=[f"t{number}"],
                          identities=[{"kind": "OTHER", "value": f"{staff}-{number}"}])).customer.id
        for number in range(PEOPLE)
    ]  # fmt: skip
    before = await everything(clinic)
    said = Said()
    for joining, one, other in tried:
        if joining:
            told = await merge(clinic, people[one], people[other])
            assert (told["userErrors"] == []) == said.merge(one, other)
        else:
            told = await unmerge(clinic, people[one])
            assert (told["userErrors"] == []) == said.unmerge(one)
        await _is_as_said(clinic, people, said)
    for one in list(said.into):
        assert (await unmerge(clinic, people[one]))["userErrors"] == []
    assert await everything(clinic) == before


async def _is_as_said(clinic: Clinic, people: list[UUID], said: Said) -> None:
    heads = [said.head(number) for number in range(PEOPLE)]
    rows = await clinic.fetch(
        "SELECT c.id, c.merged_into, c.family_id, "
        "(SELECT customer_id FROM identities i WHERE coalesce(i.merged_from, i.customer_id) = c.id) AS holder "
        "FROM customers c WHERE id = ANY($1)",
        people,
    )
    found = {row["id"]: (row["merged_into"], row["family_id"], row["holder"]) for row in rows}
    assert found == {
        person: (
            people[said.into[number]] if number in said.into else None,
            people[heads[number]] if heads.count(heads[number]) > 1 else None,
            people[heads[number]],
        )
        for number, person in enumerate(people)
    }
    read = await ask(
        clinic,
        " ".join(
            f'c{number}: customer(id: "{gid(id)}") {{ tags relationships {{ totalCount }} }}'
            for number, id in enumerate(people)
        ),
    )
    for number in range(PEOPLE):
        family = [one for one in range(PEOPLE) if heads[one] == heads[number]]
        assert read[f"c{number}"] == {
            "tags": [f"t{one}" for one in family],
            "relationships": {"totalCount": len(family)},
        }
    tags = ", ".join(f'"t{number}"' for number in range(PEOPLE))
    of_tags = f"customers(first: 100, filter: {{tag: {{in: [{tags}]}}}}) {{ nodes {{ id }} }}"
    listed = await ask(clinic, of_tags)
    ids = {person["id"] for person in listed["customers"]["nodes"]}
    assert ids & {gid(person) for person in people} == {gid(people[head]) for head in heads}
