"""Why the recipient of a shipment cannot be printed."""


class RecipientError(Exception):
    """The recipient cannot be printed.

    RecipientError
    +-- RecipientErased       the customer's key is gone for good
    +-- KeysUnavailable       the order service did not answer: try again
    +-- RecipientUnreadable   what is stored was not sealed with this key
    """


class RecipientErased(RecipientError):
    """The customer's key is gone for good."""


class KeysUnavailable(RecipientError):
    """The order service did not answer."""


class RecipientUnreadable(RecipientError):
    """What is stored was not sealed with this key."""
