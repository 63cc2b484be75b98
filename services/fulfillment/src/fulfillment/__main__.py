"""Runs the fulfillment service."""

from chassis.cli import main
from fulfillment.app import build
from fulfillment.settings import FulfillmentSettings

if __name__ == "__main__":
    main(name="fulfillment", settings=FulfillmentSettings, build=build)
