import time
from tests.touchpoints import people
from server.touchpoints import queries
from server.touchpoints.queries import Named
from server.db.statements import sql_of, prepared
async def test_hot(brand):
    one = await brand()
    async with one.work() as work:
        c, s = people.customer(work), people.colleague(work)
        r = await people.role(work)
        people.befriended(work, c, s, r, work.now)
    async with one.work() as work:
        n=Named(c,s,None,None,None,work.now)
        arrays=n._asdict()
        params={"tenant":work.tenant_id, **arrays}
        t=time.perf_counter()
        for _ in range(500): prepared(queries._known_of_one(), params)
        print("prepare ms", (time.perf_counter()-t)*2)
        text, values = prepared(queries._known_of_one(), params)
        for _ in range(20): await work.raw.fetch(text,*values)
        t=time.perf_counter()
        for _ in range(500): await work.raw.fetch(text,*values)
        print("raw ms", (time.perf_counter()-t)*2)
        await work.raw.execute("set local plan_cache_mode=force_generic_plan")
        t=time.perf_counter()
        for _ in range(500): await work.raw.fetch(text,*values)
        print("raw generic ms", (time.perf_counter()-t)*2)
        lits=text
        for r in await work.raw.fetch("EXPLAIN (ANALYZE) "+text,*values): print(r[0])
