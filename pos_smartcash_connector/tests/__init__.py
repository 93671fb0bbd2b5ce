from . import test_gateway_jwt
from . import test_cashlogy
from . import test_tours
