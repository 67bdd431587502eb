"""The CKAN extension of the Seehaus portal; runs in CKAN's environment only."""
