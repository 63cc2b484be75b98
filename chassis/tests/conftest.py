"""Cases that several tests share explain their failures as tests do."""

import pytest

pytest.register_assert_rewrite("store_cases", "task_cases", "processor_cases", "waiting_cases", "failing_cases")
