import sys

from smartcash_gateway.cli.main import main

sys.exit(main())
