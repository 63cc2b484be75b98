from store_cases import StoreCases


class TestPostgresStore(StoreCases):
    pass
