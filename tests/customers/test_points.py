import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.customers.points import point_ids
from portal_lib.customers.tables import supply_point


def with_points(engine: Engine, pods: list[str]) -> None:
    with engine.begin() as connection:
        connection.execute(sa.insert(supply_point), [{"pod": pod} for pod in pods])


def test_known_points_are_found_and_unknown_ones_are_left_out(engine: Engine) -> None:
    with_points(engine, ["IT001E00000001", "IT001E00000002"])
    with db.reading(engine) as connection:
        found = point_ids(connection, ["IT001E00000002", "IT001E00000009", "IT001E00000002"])
        assert list(found) == ["IT001E00000002"]
        stored = connection.execute(
            sa.select(supply_point.c.pod).where(supply_point.c.id == found["IT001E00000002"])
        ).scalar_one()
    assert stored == "IT001E00000002"


def test_asking_for_no_points_finds_none(engine: Engine) -> None:
    with_points(engine, ["IT001E00000001"])
    with db.reading(engine) as connection:
        assert point_ids(connection, []) == {}


def test_more_points_than_one_query_may_name_are_all_found(engine: Engine) -> None:
    pods = [f"IT001E{number:08d}" for number in range(2500)]
    with_points(engine, pods)
    with db.reading(engine) as connection:
        found = point_ids(connection, (pod for pod in pods))
    assert set(found) == set(pods)
    assert len(set(found.values())) == 2500
