"""What leaves the lake: data sets, dictionary, CKAN, DCAT-AP.de."""
