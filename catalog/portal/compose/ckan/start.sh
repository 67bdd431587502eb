# The image's own start changes the ini file, so it gets a copy of ours.
set -eu
cp /run/seehaus/ckan.ini "$CKAN_INI"
exec bash /srv/app/start_ckan.sh
