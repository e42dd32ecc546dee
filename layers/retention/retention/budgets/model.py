"""What is used of a budget in one period, and what is set aside of it for one message. Amounts in ten-thousandths."""

from typing import Literal

from pydantic import Field

from retention.budgets.periods import TOTAL
from retention.entity import Entity
from retention.fields import Instant


class Spending(Entity):
    """What is used of one budget in one period: the sum of its charges, those included whose lead is gone."""

    scope: str = Field(description="CAMPAIGN#{id} or SEQUENCE#{id}")
    period: str = Field(default=TOTAL, description="2026-11-22, 2026-11 or total")
    used: int | None = Field(default=None, description="What was spent, and what is set aside for what is under way")
    reserved: int | None = Field(default=None, description="The part of it that is set aside")
    told: int | None = Field(default=None, description="The amount of which the team was told that it is used up")


class Charge(Entity):
    """What one message takes of one budget: at first what it may cost, then what it did."""

    id: str = Field(description="The obligation")
    lead_id: str = Field(description="The lead that it is owed to")
    scope: str = Field(description="Whose budget: CAMPAIGN#{id} or SEQUENCE#{id}")
    period: str = Field(description="In which period")
    counted: int = Field(description="What the spending counts for it")
    state: Literal["open", "closed"] = Field(description="open: set aside. closed: spent, or it came to nothing")
    since: Instant = Field(description="When it was set aside last")
