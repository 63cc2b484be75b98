"""What goes out: the contract that each domain event becomes."""

from chassis.publisher import Publisher
from contracts import inventory as contract
from inventory.domain import events

PUBLISH = Publisher(
    {
        events.StockReserved: contract.StockReservedV1,
        events.StockRefused: contract.StockRefusedV1,
        events.StockReleased: contract.StockReleasedV1,
        events.StockCommitted: contract.StockCommittedV1,
        events.CommitRefused: contract.CommitRefusedV1,
        events.HoldExtended: contract.HoldExtendedV1,
        events.HoldExpired: contract.HoldExpiredV1,
        events.StockRestocked: contract.StockRestockedV1,
        events.StockReceived: contract.StockReceivedV1,
        events.StockRanLow: contract.StockRanLowV1,
    }
)
