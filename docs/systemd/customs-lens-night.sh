#!/bin/sh
# The night of a machine without systemd: customs-lens.cron starts it, as the user customs-lens. What it prints is what went
# wrong, which cron mails; the log has the rest, in lines of JSON. customs-lens.logrotate keeps the log short.
lens=/opt/customs-lens/bin/customs-lens
log=/var/log/customs-lens/night.log

set -a
CUSTOMS_LENS_HOME=/var/lib/customs-lens
CUSTOMS_LENS_CACHE=/var/cache/customs-lens
CUSTOMS_LENS_LOG_FORMAT=json
# Secrets that settings.yaml and sources.yaml name as ${NAME}, one NAME='value' a line; root:customs-lens, mode 0640.
. /etc/customs-lens/environment
set +a

run() {
    "$lens" "$@" >>"$log" 2>&1 && return
    echo "customs-lens $*: exit code $?, see $log"
    return 1
}

cd "$CUSTOMS_LENS_HOME" || exit
# No lock is needed: a run that finds another one at work on the home ends at once with exit code 3 and names that one.
run doctor --preflight && run sources run --all
run sweep --wait 600
# After every run, a failed one too: tell who is named in alerts.yaml.
[ ! -e alerts.yaml ] || run alerts --send
# After every run; take the hash sign away where node-exporter reads this folder.
#run metrics --file /var/lib/prometheus/node-exporter/customs_lens.prom
