import time
from datetime import timedelta
from tests.touchpoints import people
from tests.touchpoints.test_recording import chat
from server.touchpoints import service
async def test_hot(brand):
    one = await brand()
    async with one.work() as work:
        c, s = people.customer(work), people.colleague(work)
        r = await people.role(work)
        people.befriended(work, c, s, r, work.now)
    async with one.work() as work:
        for _ in range(20):
            await service.record_touchpoint(work, chat(c, staff_id=s))
        await work.flush()
        t=time.perf_counter()
        for _ in range(500):
            await service.record_touchpoint(work, chat(c, staff_id=s)); await work.flush()
        print("per act ms", (time.perf_counter()-t)*2)
        from server.touchpoints import queries
        from server.touchpoints.queries import Named
        n=Named(c,s,None,None,None,work.now)
        t=time.perf_counter()
        for _ in range(500): await queries.known(work,[n])
        print("known ms", (time.perf_counter()-t)*2)
        from server.customers import visibility
        t=time.perf_counter()
        for _ in range(500): await visibility.require_visible(work,c,"x")
        print("visible ms", (time.perf_counter()-t)*2)
        t=time.perf_counter()
        for _ in range(500): await work.raw.fetchval("select 1")
        print("select 1 ms", (time.perf_counter()-t)*2)
        import cProfile,pstats
    t=time.perf_counter()
