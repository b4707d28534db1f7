# Sourced by the scripts beside it: find_jdk looks for a JDK that is new enough.

REQUIRED_JAVA=25

# Whether folder $1 holds a Java that is new enough. Its release file says so; starting a JVM to ask would cost 0.1 s.
is_suitable() {
    [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 1
    while IFS= read -r line; do
        case $line in
        JAVA_VERSION=*)
            feature=${line#JAVA_VERSION=\"}
            feature=${feature%%[!0-9]*}
            [ "${feature:-0}" -ge "$REQUIRED_JAVA" ]
            return
            ;;
        esac
    done <"$1/release"
    return 1
}

# Sets $jdk: JAVA_HOME, then java on the PATH, then the usual places.
find_jdk() {
    if [ -n "${JAVA_HOME-}" ] && is_suitable "$JAVA_HOME"; then
        jdk=$JAVA_HOME
        return
    fi
    if java=$(readlink -f "$(command -v java)" 2>/dev/null); then
        jdk=${java%/bin/java}
        is_suitable "$jdk" && return
    fi
    home=${HOME:-/nonexistent}
    for jdk in /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /usr/local/java/* /usr/local/*jdk* /opt/java/* /opt/*jdk* /opt/*java* \
        "$home"/.sdkman/candidates/java/* "$home"/.jdks/* "$home"/.asdf/installs/java/* "$home"/.local/share/mise/installs/java/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home "$home"/Library/Java/JavaVirtualMachines/*/Contents/Home \
        /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
        is_suitable "$jdk" && return
    done
    return 1
}
