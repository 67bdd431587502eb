# Run by the image's start once its databases are there: the plugins' tables, the publisher's token.
printf '{"token_file": "/var/lib/ckan/publisher.token"}' | python3 -m ckanext.seehaus.bootstrap || exit 1
