"""What can go wrong without being a bug: said in one line, with exit code 1."""

import httpx
from aiokafka.errors import KafkaError

from embedded.claim import StateInUseError
from embedded.jars import JarMismatchError
from embedded.process import ServerFailedError
from simulators.house.house import HouseError
from simulators.shopper.asking import RefusedError
from simulators.shopper.replay import NotTakenError

FAILURES = (
    *(StateInUseError, ServerFailedError, JarMismatchError, HouseError),
    *(KafkaError, NotTakenError, RefusedError, httpx.HTTPError, OSError),
)
