from store_cases import StoreCases
from task_cases import TaskCases


class TestPostgresStore(StoreCases):
    pass


class TestTasksInPostgres(TaskCases):
    pass
