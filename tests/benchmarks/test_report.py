"""The bars of the report are met or missed by what was measured, round by round."""

from __future__ import annotations

import re

from benchmarks import floor, report
from benchmarks.data import Sizes
from benchmarks.operations import MERCURIUS, POSTGRAPHILE, SHUKE
from benchmarks.rounds import Cell, Sample, Table, ratio


def _cell(*per_second: float) -> Cell:
    return Cell([Sample(one, p50=1.0, p99=2.0, server_cpu=50.0, database_cpu=40.0, bytes=512.0) for one in per_second])


TABLE: Table = {
    "q1": {
        SHUKE: _cell(1000, 500, 900),
        MERCURIUS: _cell(800, 250, 900),
        POSTGRAPHILE: _cell(500, 250, 300),
        report.FLOOR: _cell(2000, 1000, 1500),
    },
    "q4": {SHUKE: _cell(100), MERCURIUS: _cell(200), POSTGRAPHILE: _cell(50)},
}


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    assert ratio(TABLE, "q1", SHUKE, MERCURIUS) == 1.25
    assert ratio(TABLE, "q2", SHUKE, MERCURIUS) is None


def test_the_bars_tell_what_is_met() -> None:
    scale = {"cases": 2, "refused": [], "slow": ["customers by stage"], "wasteful": []}
    found = report.assembled(
        TABLE, {}, {SHUKE: 119.0}, scale, sizes=Sizes(), node="v20.1.0", seconds=1, rounds=3, load_before=0.1
    )
    assert [(bar["found"], bar["met"]) for bar in found["bars"]] == [
        (2.0, False),  # PostGraphile
        (1.25, True),  # Mercurius
        (0.5, False),  # pgbench
        (0.5, False),  # recording, to Mercurius only
        (1, False),  # one page is slow
        (0, True),  # none is wasteful
        (119.0, True),  # memory
    ]
    assert "**missed**" in report.document(found)
    assert "customers by stage." in report.document(found)
    assert "busy" not in report.document(found)
    assert "busy with other things (load 3.0)" in report.document(found | {"load_before": 3.0})
    assert re.search(r"one customer, 5 fields, to mercurius +1\.25 +≥ 1\.2, wanted 1\.5 +met", report.table(found))


def test_what_pgbench_would_take_for_variables_is_hidden_from_it() -> None:
    sent = floor.Sent(
        "SELECT to_char(x, 'HH24:MI'), $2, $1::uuid,\n $3, z[1:$1] FROM y",
        ("0192aa00-0000-7000-8000-000000000001", "", None),
        ("uuid", "text", "int4"),
    )
    assert floor._script(sent, 4) == (
        "SELECT to_char(x, E'HH24\\x3aMI'),  ''::text,  :v4_1::uuid::uuid,  NULL::int4, z[1: :v4_1::uuid] FROM y;\n"
    )
