from chassis.cli import main
from toys.vault.app import VaultSettings, build

if __name__ == "__main__":
    main(name="vault", settings=VaultSettings, build=build)
