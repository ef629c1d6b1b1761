# A throw-away PostgreSQL: runs until its standard input is closed, and takes orders from there, a word a line; each is
# answered with the same word. `sh -c` with PINDESK_GUARD_BIN, PINDESK_GUARD_PORT, PINDESK_GUARD_PASSWORD, and with
# PINDESK_GUARD_OPTIONS for more options of the server.
set -eu
trap '' INT PIPE
if [ "$(id -u)" = 0 ]; then
    # PostgreSQL refuses to run as root; Debian's package makes the first of these users. The caller's own folder for
    # temporary files is often closed to others.
    for user in postgres nobody none; do
        if [ "$user" = none ]; then
            echo "PostgreSQL refuses to run as root and there is no user postgres: make one, or use another user" >&2
            exit 1
        fi
        id "$user" >/dev/null 2>&1 && break
    done
    run="runuser -u $user --"
    TMPDIR=/tmp
else
    run=
fi
dir=$($run mktemp -d "${TMPDIR:-/tmp}/pindesk-postgres.XXXXXX")
server=
launch() {
    # shellcheck disable=SC2086 # options are words
    $run "$PINDESK_GUARD_BIN/postgres" -D "$dir/data" -h 127.0.0.1 -p "$PINDESK_GUARD_PORT" \
        -c unix_socket_directories= -c max_connections=200 -c fsync=off \
        ${PINDESK_GUARD_OPTIONS:--c synchronous_commit=off -c full_page_writes=off} >>"$dir.log" 2>&1 </dev/null &
    server=$!
    until "$PINDESK_GUARD_BIN/pg_isready" -q -h 127.0.0.1 -p "$PINDESK_GUARD_PORT"; do
        kill -0 "$server" 2>/dev/null || fail
        sleep 0.1
    done
}
# The postmaster; `runuser` stands before it.
postmaster() { head -n 1 "$dir/data/postmaster.pid"; }
# The postmaster and its children; also `runuser`, which stops itself when its child does.
everybody() {
    ps -o pid= --ppid "$(postmaster)"
    postmaster
    echo "$server"
}
thaw() { kill -CONT $(everybody); }
end() {
    if [ -n "$server" ]; then
        # One that is frozen would not hear of its end. A child of it may be gone by now.
        thaw 2>/dev/null || true
        kill "-$1" "$(postmaster)" 2>/dev/null || true
        wait "$server" || true
        server=
    fi
}
clean() {
    end INT
    rm -rf "$dir" "$dir.log"
}
trap clean EXIT
trap 'exit 1' TERM HUP
fail() {
    cat "$dir.log" >&2
    exit 1
}
printf '%s\n' "$PINDESK_GUARD_PASSWORD" | $run tee "$dir/password" >/dev/null
$run "$PINDESK_GUARD_BIN/initdb" --pgdata="$dir/data" --username=postgres --auth=password --pwfile="$dir/password" \
    --encoding=UTF8 --locale=C --no-sync >"$dir.log" 2>&1 || fail
launch
echo ready
while read -r order; do
    case $order in
    stop) end INT ;;
    crash) end QUIT ;;
    start) launch ;;
    # A child that is listed may be gone when its turn comes, which is no failure.
    freeze) kill -STOP $(everybody) || true ;;
    thaw) thaw || true ;;
    # Only the clients': the others are needed.
    cut) ps -o pid=,args= --ppid "$(postmaster)" | awk '/postgres: postgres /{print $1}' | xargs -r kill -TERM || true ;;
    *) echo "no such order: $order" >&2 && exit 1 ;;
    esac
    echo "$order"
done
