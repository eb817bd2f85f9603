from sqlalchemy import text
from fleet.database import Database
def look(town):
    with Database(town.url, create=False) as d, d.read() as s:
        return s.execute(text("select id, storage_free, last_seen, fingerprint from enrolment where id in (1,2,3)")).all()
def test_x(town):
    print(look(town))
    town.service.faults.throw("unknown_enums"); r=town.sync(); print(r.devices, look(town))
    town.night(2); r=town.sync(); print(r.devices, look(town))
def test_y(town):
    town.sync(); print(look(town)); town.sync(); print(look(town))
