"""Runs the order service: serve, migrate, saga, diagrams and the commands of every service."""

from chassis.cli import main
from order.app import build
from order.command_line import add_commands
from order.settings import OrderSettings

if __name__ == "__main__":
    main(name="order", settings=OrderSettings, build=build, more=add_commands)
