from tests.isolation.walking import *
from collections import Counter
async def test_probe(world, brand):
    b = await brand()
    c=Counter()
    from server.ids import global_id
    from uuid import uuid4
    for w in calls_with_an_id(world)+queries_without_id(world):
        a = await answer(world, b.owner, w, global_id("Customer", uuid4()))
        import json
        j=json.loads(a)
        if isinstance(j,list) or "errors" in j: print(w.kind,w.name,len(w.text),a[:250])
        c[type(j).__name__]+=1
    print(c, len(event_selection(world)))
