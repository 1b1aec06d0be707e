#!/bin/sh
# An inventory script of Ansible: DOMESDAY_SERVER and DOMESDAY_TOKEN say whom it asks.
#
#   ansible-inventory -i examples/inventory.sh --graph
exec domesday ansible "$@"
