#!/bin/sh
# Makes nginx.conf for compose.yaml out of ../nginx/presenter.conf: the processes have names there instead of ports.
#     sh deploy/docker/nginx.sh slides.example.org
set -eu
cd "$(dirname "$0")"
sed -e "s/slides\.example\.org/${1:?which host name?}/" \
    -e 's/127\.0\.0\.1:8001/sockets-1:8000/; s/127\.0\.0\.1:8002/sockets-2:8000/' \
    -e 's/127\.0\.0\.1:8101/pages-1:8000/; s/127\.0\.0\.1:8102/pages-2:8000/' \
    ../nginx/presenter.conf > nginx.conf
