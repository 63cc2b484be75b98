"""Runs the billing service: serve, migrate and the commands of every service."""

from billing.app import build
from billing.settings import BillingSettings
from chassis.cli import main

if __name__ == "__main__":
    main(name="billing", settings=BillingSettings, build=build)
