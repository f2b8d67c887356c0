"""Customers' names as a Chinese brand has them: few surnames for most people, and some foreigners. Deterministic."""

from __future__ import annotations

import random
from collections.abc import Iterator

_SURNAMES = dict(
    zip("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗", (72, 72, 65, 54, 45, 31, 22, 21, 20, 19, 15, 15, 13, 13, 12, 11, 11, 10, 10, 9), strict=True)
) | dict.fromkeys("郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤", 5)  # fmt: skip
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红梅建文志国雨欣怡婷雪佳琪子涵浩然宇轩梓晨思远嘉诗晓慧琳博俊鑫鹏飞倩莹颖璐瑶悦宁安琴云兰凤洁巧美丹蓉薇菲"
_FIRST = "Anna James Maria John Emma David Sophie Michael Laura Thomas Julia Daniel Sara Paul Lena Mark Nina Peter Olga Ivan Yuki Kenji Min Linh".split()  # fmt: skip
_LAST = "Smith Müller Garcia Johnson Rossi Schmidt Dupont Ivanov Kim Nguyen Tanaka Brown Wilson Novak Silva Berg Martin Kowalski Lopez Andersson".split()  # fmt: skip
_LATIN = 0.12


def names(count: int, seed: int) -> Iterator[str]:
    """Drawn with their natural frequency: a customer who draws one of them evenly has a common name as often as people do."""
    draw = random.Random(seed)
    surnames, weights = list(_SURNAMES), list(_SURNAMES.values())
    for _ in range(count):
        if draw.random() < _LATIN:
            # the first ones of each list are the commonest
            yield f"{_skewed(draw, _FIRST)} {_skewed(draw, _LAST)}"
        else:
            given = _skewed(draw, _GIVEN) + (_skewed(draw, _GIVEN) if draw.random() < 0.75 else "")
            yield draw.choices(surnames, weights)[0] + given


def _skewed(draw: random.Random, words: str | list[str]) -> str:
    return words[int(len(words) * draw.random() ** 1.7)]
