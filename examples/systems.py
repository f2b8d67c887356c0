"""The twelve systems in their order, and all of them at once: `python -m examples.systems URL`."""

from __future__ import annotations

from typing import Any

from examples import (
    s01_dr_yu,
    s02_mcdonalds,
    s03_oatly,
    s04_sporting_brands,
    s05_pet_hospital,
    s06_home_decoration,
    s07_medical_aesthetics,
    s08_pangdonglai,
    s09_haochedu,
    s10_xiongmao_buzou,
    s11_direct_feedback,
    s12_lost_trust,
)
from examples.brand import Story, main

SYSTEMS = (
    s01_dr_yu,
    s02_mcdonalds,
    s03_oatly,
    s04_sporting_brands,
    s05_pet_hospital,
    s06_home_decoration,
    s07_medical_aesthetics,
    s08_pangdonglai,
    s09_haochedu,
    s10_xiongmao_buzou,
    s11_direct_feedback,
    s12_lost_trust,
)


def play_all(story: Story) -> dict[str, Any]:
    """Every system on one server; what each shows, by its name."""
    return {system.NAME: system.play(story) for system in SYSTEMS}


if __name__ == "__main__":
    main(play_all)
