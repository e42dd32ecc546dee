"""A postback that cannot be used as things are."""


class UnusableError(Exception):
    """Says why, in a sentence for whoever sets up the tracker. Nothing is lost: it is kept, and can be replayed."""


def quoted(text: str) -> str:
    """A text from outside as it may stand in such a sentence."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
