"""The kinds of aggregates and rows that fulfillment keeps."""

from chassis.decision import Kind, RowKind
from fulfillment.domain.shipment import Assignment, Shipment
from fulfillment.domain.waves import Queue, Wave

ASSIGNMENT = Kind(name="assignment", of=Assignment, keyed=True)
SHIPMENT = Kind(name="shipment", of=Shipment)
QUEUE = Kind(name="queue", of=Queue)
WAVE = RowKind(name="wave", of=Wave)
