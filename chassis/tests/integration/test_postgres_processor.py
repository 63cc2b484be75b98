from failing_cases import FailingCases
from kept_cases import KeptCases
from processor_cases import ProcessorCases
from waiting_cases import WaitingCases


class TestProcessorOnPostgres(ProcessorCases):
    pass


class TestWaitingOnPostgres(WaitingCases):
    pass


class TestFailingOnPostgres(FailingCases):
    pass


class TestKeptOnPostgres(KeptCases):
    pass
