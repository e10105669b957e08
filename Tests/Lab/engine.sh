# shellcheck shell=bash
# A Docker engine of its own for tests, on a machine that runs none, and base images without a registry. Sourced.
# Everything lies in $engine; engine_stop removes it.

engine_start() { # sets DOCKER_HOST
    local need=(docker.io mmdebstrap)
    # On a machine whose packages start their services at once, this one has to stay down.
    if [ -e /usr/sbin/policy-rc.d ]; then
        scripts/setup.sh "${need[@]}" || return
    else
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod 755 /usr/sbin/policy-rc.d
        scripts/setup.sh "${need[@]}"
        local status=$?
        rm -f /usr/sbin/policy-rc.d
        [ "$status" -eq 0 ] || return "$status"
    fi
    engine=$(mktemp -d /tmp/moe2-engine.XXXXXX)
    dockerd --data-root "$engine/data" --exec-root "$engine/exec" --pidfile "$engine/pid" -H "unix://$engine/s" \
        --bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false \
        --storage-driver overlay2 --default-ulimit nofile=16384:16384 >"$engine/log" 2>&1 </dev/null &
    engine_pid=$!
    export DOCKER_HOST=unix://$engine/s DOCKER_BUILDKIT=1
    for _ in $(seq 300); do
        docker version >/dev/null 2>&1 && return
        kill -0 "$engine_pid" 2>/dev/null || break
        sleep 0.1
    done
    echo "the Docker engine does not start:" >&2
    tail -n 5 "$engine/log" >&2
    return 1
}

engine_stop() {
    [ -n "${engine:-}" ] || return 0
    docker ps --all --quiet 2>/dev/null | xargs -r /usr/bin/docker rm --force >/dev/null 2>&1
    kill "$engine_pid" 2>/dev/null && wait "$engine_pid" 2>/dev/null
    awk -v at="$engine/" 'index($2, at) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount -l
    rm -rf "$engine"
    engine=
}

# The client that belongs to the engine; another one may come first on the PATH and lack BuildKit.
docker() { /usr/bin/docker "$@"; }

# The package mirror that this machine's apt uses for the release $1.
package_mirror() {
    # shellcheck disable=SC2016 # apt fills these in
    apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk -v release="$1" '$1 == release && $2 == "main" { print $3; exit }'
}

# debian:bookworm-slim, as the official image is: minimal, without documentation and translations.
image_slim() {
    local without=(--dpkgopt=force-unsafe-io) path # as the official image has it
    for path in '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/info/*' '/usr/share/locale/*' '/usr/share/groff/*' \
        '/usr/share/lintian/*' '/usr/share/linda/*'; do
        without+=("--dpkgopt=path-exclude=$path")
    done
    # Without the hook, what merges /usr brings all of Perl along and leaves it there.
    mmdebstrap --quiet --variant=minbase --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr "${without[@]}" \
        --dpkgopt='path-include=/usr/share/doc/*/copyright' bookworm - "$(package_mirror bookworm)" \
        2>"$engine/slim.log" | docker import - debian:bookworm-slim >/dev/null ||
        { tail -n 5 "$engine/slim.log" >&2; return 1; }
}

# For an image with PROGRAMS=prebuilt: the program as this machine builds it.
image_program() {
    scripts/release.sh moe2-image && mkdir -p dist/programs &&
        strip --strip-all -o dist/programs/moe2-image "$(scripts/release.sh --where)/moe2-image"
}

# swift:6.3-bookworm from this machine's toolchain. Where git takes repositories from folders instead of hosts
# (url.*.insteadOf), the folders come along; $engine/gitconfig has the rules.
image_swift() {
    local root=$engine/swift toolchain
    toolchain=$(dirname "$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")")
    mkdir "$root"
    mmdebstrap --quiet --variant=minbase --dpkgopt=force-unsafe-io \
        --include=binutils,ca-certificates,git,libc6-dev,libcurl4,libedit2,libgcc-12-dev,libsqlite3-0,libstdc++-12-dev,libxml2,libncurses6,libz3-4,tzdata,zlib1g-dev \
        bookworm "$root" "$(package_mirror bookworm)" || return
    git config --get-regexp '^url\..*\.insteadof$' | while read -r key value; do
        git config --file "$engine/gitconfig" --add "$key" "$value"
    done
    [ -e "$engine/gitconfig" ] || : >"$engine/gitconfig"
    local folders=("$toolchain") folder
    while read -r folder; do folders+=("$folder"); done < <(
        git config --get-regexp '^url\..*\.insteadof$' | sed -nE 's/^url\.(\/.*)\.insteadof .*/\1/p' | sort -u
    )
    tar -c --exclude='*lldb*' --exclude='*clangd*' --exclude='*docc*' --exclude='*sourcekit*' --exclude='*.a.debug' \
        --exclude='*/share/doc' "${folders[@]}" 2>/dev/null | tar -x -C "$root" || return
    tar -c -C "$root" . | docker import --change "ENV PATH=$toolchain/usr/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
        - swift:6.3-bookworm >/dev/null
    rm -rf "$root"
}
