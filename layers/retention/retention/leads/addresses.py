"""When are two addresses the same? E-mail and phone in the form by which people are recognised."""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

#: RFC 5321, section 4.5.3.1.3: a path of 256 octets with its angle brackets.
MAX_EMAIL: Final = 254
#: Longest text that is read as a phone number; E.164 itself has at most 15 digits.
MAX_PHONE: Final = 40


def tidy_email(text: str) -> str:
    """An e-mail address as it is kept: trimmed, its domain in lower case, the local part as given.

    Raises:
        PydanticCustomError: no e-mail address.
    """
    # Loaded with the first address: reading and listing do without.
    from email_validator import EmailNotValidError, validate_email

    text = text.strip()
    try:
        result = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except (EmailNotValidError, ValueError) as error:
        raise PydanticCustomError("invalid_email", "is no e-mail address: {why}", {"why": str(error)}) from None
    if "." not in result.domain or len(result.normalized) > MAX_EMAIL:
        raise PydanticCustomError("invalid_email", "is no e-mail address: it needs a full domain")
    return result.normalized


def email_identity(address: str) -> str:
    """The form of an e-mail address by which a person is recognised: case does not count anywhere."""
    return address.strip().casefold()


def tidy_phone(text: str, region: str) -> str:
    """A phone number in E.164 form, such as +15551234567; without a country code it belongs to `region`.

    Raises:
        PydanticCustomError: no number that could be dialled.
    """
    import phonenumbers  # Loaded with the first number, for the same reason.

    try:
        number = phonenumbers.parse(text.strip(), region)
    except phonenumbers.NumberParseException:
        raise PydanticCustomError("invalid_phone", "is no phone number; write it like +15551234567") from None
    if not phonenumbers.is_possible_number(number):
        raise PydanticCustomError("invalid_phone", "is no phone number: wrong number of digits for its country")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _email(value: str) -> str:
    return tidy_email(value)


def _not_long(limit: int) -> Any:
    return Field(min_length=1, max_length=limit)


Email = Annotated[
    str,
    _not_long(MAX_EMAIL),
    AfterValidator(_email),
    WithJsonSchema({"type": "string", "format": "email", "minLength": 3, "maxLength": MAX_EMAIL}),
]
#: A phone number in any usual notation; the service turns it into E.164, for it knows the default region.
Phone = Annotated[
    str,
    _not_long(MAX_PHONE),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_PHONE, "examples": ["+15551234567"]}),
]
