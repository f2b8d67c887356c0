import json
from tests.differential import sweeping
from tests.differential.comparing import ours
from tests.differential.ground import Ground
def test_probe(ground: Ground) -> None:
    for name in ("owner","own-store"):
        who=ground.voices[name]; op=sweeping.of_root("scorecards")
        want=json.loads(json.dumps(ground.reference.answer(who.asker, op.query, op.variables).body))
        got=ground.run(ours(ground.gateway, who, op))
        for a,b in zip(want["data"]["scorecards"]["edges"], got["data"]["scorecards"]["edges"]):
            for f,g in zip(a["node"]["figures"], b["node"]["figures"]):
                if f!=g: print(name, f["metric"], a["cursor"], {k:(f[k],g[k]) for k in f if f[k]!=g[k]})
