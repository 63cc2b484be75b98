from processor_cases import ProcessorCases


class TestProcessorOnPostgres(ProcessorCases):
    pass
