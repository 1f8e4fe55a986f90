"""Statements of Django's ORM that are compiled once and run often: to compile one costs more than to run it.

Such a statement is written as any other, in a function of a module; `Given` stands where its values change.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.sql import UpdateQuery

Row = TypeVar("Row", bound=Model)
Sql = tuple[str, tuple[Any, ...]]  # with its parameters

STATEMENTS = 256  # that are kept; those that fall out are compiled anew


class Given(Expression):
    """A value that is told when the statement runs. Its field says how the database takes it; plain types need none.

    Within a list, as in `id__in=[Given("ids")]`, it stands for any number of values; a relation's `__in` takes none.
    """

    def __init__(self, name: str, field: "Field[Any, Any] | None" = None) -> None:
        super().__init__(output_field=field)
        self.name, self._of = name, field

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", (self,)

    def among(self, values: Mapping[str, Any]) -> Any:
        """Return its value as a parameter for this thread's database."""
        value = values[self.name]
        return value if self._of is None else self._of.get_db_prep_save(value, connection)


def rows(query: "Callable[[], QuerySet[Row]]", **values: Any) -> list[Row]:
    """Return the rows of the query. Annotations come as the database has them."""
    model, (sql, parameters) = _selecting(connection.vendor, query)
    return list(model._default_manager.raw(*_filled(sql, parameters, values)))


def tuples(query: "Callable[[], QuerySet[Any, Any]]", **values: Any) -> list[tuple[Any, ...]]:
    """Return the columns that the query lists, as the database has them."""
    _, (sql, parameters) = _selecting(connection.vendor, query)
    with connection.cursor() as cursor:
        cursor.execute(*_filled(sql, parameters, values))
        return list(cursor.fetchall())


def update(query: "Callable[[], QuerySet[Any]]", columns: Mapping[str, Any], **values: Any) -> int:
    """Write these columns of the query's rows. Returns how many rows there are.

    A column may get an expression. One that has no `Given` for what changes in it is compiled with each change.
    """
    shape = tuple((name, value if hasattr(value, "as_sql") else None) for name, value in columns.items())
    sql, parameters = _updating(connection.vendor, query, shape)
    with connection.cursor() as cursor:
        cursor.execute(*_filled(sql, parameters, values | {f"new {name}": new for name, new in columns.items()}))
        return int(cursor.rowcount)


@lru_cache(STATEMENTS)
def _selecting(vendor: str, query: "Callable[[], QuerySet[Row]]") -> tuple[type[Row], Sql]:
    queryset = query()
    return queryset.model, queryset.query.sql_with_params()


@lru_cache(STATEMENTS)
def _updating(vendor: str, query: "Callable[[], QuerySet[Any]]", shape: tuple[tuple[str, Any], ...]) -> Sql:
    queryset = query()
    plain = {name: Given(f"new {name}", queryset.model._meta.get_field(name)) for name, _ in shape}
    statement: Any = queryset.query.chain(UpdateQuery)
    statement.add_update_values({name: plain[name] if told is None else told for name, told in shape})
    sql, parameters = statement.get_compiler(connection=connection).as_sql()
    return sql, parameters


def _filled(sql: str, parameters: tuple[Any, ...], values: Mapping[str, Any]) -> tuple[str, list[Any]]:
    filled = [one.among(values) if isinstance(one, Given) else one for one in parameters]
    if not any(isinstance(one, list) for one in filled):
        return sql, filled
    several = [one if isinstance(one, list) else [one] for one in filled]
    places = tuple(", ".join(["%s"] * len(some)) for some in several)
    return sql.replace("%%", "%%%%") % places, [one for some in several for one in some]
