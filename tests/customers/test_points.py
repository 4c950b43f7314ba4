from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.customers.points import expect, point_ids
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


def test_a_point_that_readings_name_first_is_made_and_not_announced(engine: Engine) -> None:
    with_points(engine, ["IT001E00000001"])
    with engine.begin() as connection:
        found = expect(connection, ["IT001E00000002", "IT001E00000001", "IT001E00000002"])
        assert found == point_ids(connection, ["IT001E00000001", "IT001E00000002"])
        again = expect(connection, ["IT001E00000002"])
    assert again == {"IT001E00000002": found["IT001E00000002"]}
    with db.reading(engine) as connection:
        rows = connection.execute(sa.select(supply_point.c.pod, supply_point.c.announced).order_by(supply_point.c.pod))
        assert [tuple(row) for row in rows] == [("IT001E00000001", True), ("IT001E00000002", False)]


def test_points_made_for_a_file_that_is_not_taken_are_not_there(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), engine.begin() as connection:
        expect(connection, ["IT001E00000002"])
        raise ZeroDivisionError
    with db.reading(engine) as connection:
        assert point_ids(connection, ["IT001E00000002"]) == {}


def test_two_who_expect_the_same_points_at_once_get_the_same_numbers(engine: Engine) -> None:
    pods = [f"IT001E{number:08d}" for number in range(1500)]

    def expected(order: list[str]) -> dict[str, int]:
        with engine.begin() as connection:
            return expect(connection, order[:700]) | expect(connection, order)

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(expected, [pods, pods[::-1], pods, pods[::-1]]))
    assert all(answer == answers[0] for answer in answers) and len(set(answers[0].values())) == 1500
