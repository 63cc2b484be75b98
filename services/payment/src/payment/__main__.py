"""Runs the payment service: serve, migrate, import-statement and the commands of every service."""

from chassis.cli import main
from payment.app import build
from payment.command_line import add_imports
from payment.settings import PaymentSettings

if __name__ == "__main__":
    main(name="payment", settings=PaymentSettings, build=build, more=add_imports)
