from simulators.demo.dev import variables


def test_variables_are_those_of_the_service() -> None:
    """A shell gets what one service is told, quoted, and nothing of the others."""
    environment = {
        "ORDER_CLOCKS": '{"*": {}}',
        "ORDER_API_TOKEN": "secret",
        "PAYMENT_API_TOKEN": "other",
        "PATH": "/bin",
    }
    assert variables(service="order", environment=environment) == (
        "export ORDER_API_TOKEN=secret\nexport ORDER_CLOCKS='{\"*\": {}}'\n"
    )
