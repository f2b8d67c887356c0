"""Customers' names as a Chinese brand has them: few surnames for most people, and some foreigners. Deterministic."""

from __future__ import annotations

import random
from collections.abc import Iterator

# Per thousand people; each of the rare ones is borne by five of them.
_COMMON = {
    "王": 72, "李": 72, "张": 65, "刘": 54, "陈": 45, "杨": 31, "黄": 22, "赵": 21, "吴": 20, "周": 19,
    "徐": 15, "孙": 15, "马": 13, "朱": 13, "胡": 12, "郭": 11, "何": 11, "高": 11, "林": 10, "罗": 9,
}  # fmt: skip
_RARE = (
    "郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏"
    "韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
# The commonest ones first.
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红梅建文志国雨欣怡婷雪佳琪子涵浩"
    "然宇轩梓晨思远嘉诗晓慧琳博俊鑫鹏飞倩莹颖璐瑶悦宁安琴云兰凤洁巧美丹蓉薇菲"
)
_FIRST = (
    "Anna James Maria John Emma David Sophie Michael Laura Thomas Julia Daniel "
    "Sara Paul Lena Mark Nina Peter Olga Ivan Yuki Kenji Min Linh"
)
_LAST = (
    "Smith Müller Garcia Johnson Rossi Schmidt Dupont Ivanov Kim Nguyen "
    "Tanaka Brown Wilson Novak Silva Berg Martin Kowalski Lopez Andersson"
)
_LATIN = 0.12


def names(count: int, seed: int) -> Iterator[str]:
    """Drawn with their natural frequency: a customer who draws one of them evenly has a common name as often as people do."""
    draw = random.Random(seed)
    first, last = _FIRST.split(), _LAST.split()
    surnames, weights = [*_COMMON, *_RARE], [*_COMMON.values(), *[5] * len(_RARE)]
    for _ in range(count):
        if draw.random() < _LATIN:
            yield f"{_skewed(draw, first)} {_skewed(draw, last)}"
        else:
            given = _skewed(draw, _GIVEN) + (_skewed(draw, _GIVEN) if draw.random() < 0.75 else "")
            yield draw.choices(surnames, weights)[0] + given


def _skewed(draw: random.Random, words: str | list[str]) -> str:
    return words[int(len(words) * draw.random() ** 1.7)]
