"""Many conditional changes of single items in one request.

Each statement is carried out or refused on its own. BatchWriteItem has no conditions, and a transaction would cost
twice the units and be refused as a whole.

Source: DynamoDB API reference, BatchExecuteStatement (25 statements, each on one item, each another item).
"""

import logging
from collections.abc import Sequence
from typing import Any, Final

from retention.table.items import item_type
from retention.table.store import Store
from retention.table.writes import Change

logger = logging.getLogger(__name__)

#: Statements in one request.
MAX_BATCH: Final = 25


def change_each(store: Store, changes: Sequence[Change]) -> list[bool]:
    """Carry out each change whose requirements hold, 25 a request, each of another item; says of each whether it was.

    A change whose answer was lost and which botocore sent again is told as refused: whoever cares reads the item.
    Only `set` and `equal` of a change are understood, and `equal` must not be empty: it is what keeps a deleted item
    from coming back.
    """
    statements = [_statement(store, change) for change in changes]
    batches = [statements[at : at + MAX_BATCH] for at in range(0, len(statements), MAX_BATCH)]
    answers = [store.dispatch("BatchExecuteStatement", {"Statements": batch}) for batch in batches]
    done: list[bool] = []
    for response in (one for answer in answers for one in answer["Responses"]):
        error = response.get("Error")
        if error is not None and error.get("Code") not in _REFUSED:
            # Whether it was carried out is not known. Told as refused: whoever cares reads the item.
            logger.warning("statement_failed", extra={"code": error.get("Code")})
        done.append(error is None)
    return done


#: What says that the item was not as required, or that somebody else was faster: the everyday refusals.
_REFUSED: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict", "DuplicateItem"})


def _statement(store: Store, change: Change) -> dict[str, Any]:
    model = item_type(change.entity_type)
    parameters: list[Any] = []

    def value(name: str, given: Any) -> str:
        attribute = getattr(model, name)
        parameters.append({attribute.attr_type: attribute.serialize(given)})
        return f'"{attribute.attr_name}"=?'

    sets = " ".join(f"SET {value(name, given)}" for name, given in change.set.items())
    parameters += [{"S": change.key.pk}, {"S": change.key.sk}]
    requirements = "".join(f" AND {value(name, given)}" for name, given in change.equal.items())
    return {
        "Statement": f'UPDATE "{store.table}" {sets} WHERE "pk"=? AND "sk"=?{requirements}',
        "Parameters": parameters,
    }
