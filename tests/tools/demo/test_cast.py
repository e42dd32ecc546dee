"""The leads of the demonstration are people who do not exist, and who differ."""

import phonenumbers

from retention.leads.model import LeadInput
from tools.demo.cast import leads


def test_each_has_a_number_of_fiction_and_an_address_of_nobody() -> None:
    made = leads(200)

    for lead in made:
        LeadInput.model_validate(lead)
        number = phonenumbers.parse(lead["phone"])
        assert phonenumbers.is_valid_number(number)
        assert 5550100 <= int(lead["phone"][-7:]) <= 5550199
        assert lead["email"].endswith("@example.com")
    assert len({lead["phone"] for lead in made}) == len({lead["email"] for lead in made}) == 200
    assert len({lead["timeZone"] for lead in made}) > 5
