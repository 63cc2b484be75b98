from chassis.cli import main
from toys.teller.app import TellerSettings, build

if __name__ == "__main__":
    main(name="teller", settings=TellerSettings, build=build)
