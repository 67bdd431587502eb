"""What gunicorn serves: CKAN with the ini file that ``CKAN_INI`` names."""

import os

from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app

application = make_app(CKANConfigLoader(os.environ["CKAN_INI"]).get_config())
