"""What an endpoint may be: beyond its contract, what depends on its type and on the deployment."""

from retention.core import Core
from retention.errors import FieldError, InvalidInputError
from retention.outbound.endpoint import EndpointInput
from retention.outbound.postback import MACROS, unknown_macros
from retention.outbound.trying import destinations
from retention.providers.destination import RefusedAddressError

#: What begins every type of event that a postback can tell.
_CONVERSION = "conversion."


def checked(core: Core, given: EndpointInput) -> EndpointInput:
    """An endpoint that can be kept, with what follows from the rest filled in.

    Raises:
        InvalidInputError: with a pointer to each thing that is wrong.
    """
    errors = [*_events(given), *_address(core, given)]
    if given.type == "events" and given.method == "GET":
        errors.append(FieldError("/method", "not_allowed", "Events are posted."))
    if errors:
        raise InvalidInputError(*errors)
    return given.model_copy(update={"method": given.method or ("POST" if given.type == "events" else "GET")})


def _events(given: EndpointInput) -> list[FieldError]:
    errors = []
    for at, what in enumerate(given.events):
        if what in given.events[:at]:
            errors.append(FieldError(f"/events/{at}", "duplicate", "This type is named already."))
        if given.type == "postback" and not what.startswith(_CONVERSION):
            errors.append(FieldError(f"/events/{at}", "not_allowed", "A postback tells of conversions only."))
    return errors


def _address(core: Core, given: EndpointInput) -> list[FieldError]:
    url, errors = given.url, []
    if given.type == "postback":
        known = ", ".join(MACROS)
        for name in unknown_macros(url):
            errors.append(FieldError("/url", "unknown_macro", f"There is no macro {{{name}}}, only {known}."))
        place = url.partition("://")[2]
        if "{" in place.partition("/")[0]:
            errors.append(FieldError("/url", "macro_in_host", "Macros may stand after the host only."))
        # What stands in a macro's place is percent-encoded.
        for name in MACROS:
            url = url.replace(f"{{{name}}}", "x")
    if not errors:
        try:
            destinations(core).of(url)
        except RefusedAddressError:
            refusal = "must be https://, a public host name in lower case, no user or port, and a path such as /"
            errors.append(FieldError("/url", "invalid_url", refusal))
    return errors
