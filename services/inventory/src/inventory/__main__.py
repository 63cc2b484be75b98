"""Runs the inventory service: serve, migrate, check-counters and the commands of every service."""

from chassis.cli import main
from inventory.app import build
from inventory.checking import add_check
from inventory.settings import InventorySettings

if __name__ == "__main__":
    main(name="inventory", settings=InventorySettings, build=build, more=add_check)
